import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { isSlicewiseError } from '../../domain/errors.ts';
import type { RecordKey, RecordsOf, Store, StoredRecord } from '../../ports/store.ts';

type Found = readonly (StoredRecord | undefined)[];

interface WaitingRead {
  readonly keys: readonly RecordKey[];
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

/** What one call of the port reads in one round trip. */
const KEYS_MAX = 100;

/** The same store, whose reads by key go together where the calls of a batch make them at the same time. */
export function gatheringStore(store: Store): Store {
  const reads = new GatheredReads(store);
  return {
    ...store,
    // Each record is of its key's kind; TypeScript does not follow a tuple through the gathering.
    batchGet: <const Keys extends readonly RecordKey[]>(keys: Keys) => reads.get(keys) as Promise<RecordsOf<Keys>>,
  };
}

class GatheredReads {
  readonly #store: Store;
  #waiting: WaitingRead[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  get(keys: readonly RecordKey[]): Promise<Found> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ keys, resolve, reject });
      // Once all calls have gone as far as they can without an answer.
      if (this.#waiting.length === 1) process.nextTick(() => this.#flush());
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let start = 0; start < waiting.length; ) {
      const end = endOfRoundTrip(waiting, start);
      this.#readTogether(waiting.slice(start, end));
      start = end;
    }
  }

  async #readTogether(reads: readonly WaitingRead[]): Promise<void> {
    const asked = new AskedKeys();
    const places = reads.map(({ keys }) => keys.map((key) => asked.placeOf(key)));
    try {
      const found = await this.#store.batchGet(asked.keys);
      for (const [index, { resolve }] of reads.entries()) resolve((places[index] ?? []).map((place) => found[place]));
    } catch (error) {
      // A hard error is of one record; a soft one is the store's, and would meet each of them again.
      const isOneToBlame = reads.length > 1 && isSlicewiseError(error) && !error.retryable;
      for (const read of reads) {
        if (isOneToBlame) this.#readAlone(read);
        else read.reject(error);
      }
    }
  }

  #readAlone({ keys, resolve, reject }: WaitingRead): void {
    this.#store.batchGet(keys).then(resolve, reject);
  }
}

/** The keys of several reads; what many ask of one source at the same time is asked once. */
class AskedKeys {
  readonly keys: RecordKey[] = [];
  readonly #places = new Map<string, number>();

  placeOf(key: RecordKey): number {
    const name = sharedNameOf(key);
    const known = name === null ? undefined : this.#places.get(name);
    if (known !== undefined) return known;
    const place = this.keys.push(key) - 1;
    if (name !== null) this.#places.set(name, place);
    return place;
  }
}

/** Of what a source is known by, and its followers' index; the other kinds are each one reader's own. */
function sharedNameOf(key: RecordKey): string | null {
  switch (key.kind) {
    case 'status':
      return [key.kind, key.tenantId, key.entityKey].join('\n');
    case 'head':
      return [key.kind, key.tenantId, key.entityKey, formatRef(key.ruleSet)].join('\n');
    case 'index-state':
      return [key.kind, key.tenantId, formatRef(key.ruleSet)].join('\n');
    case 'contract-binding':
      return [key.kind, key.contractKind, formatRef(key.ref)].join('\n');
    default:
      return null;
  }
}

/** Reads are not taken apart; a single one may be larger. */
function endOfRoundTrip(reads: readonly WaitingRead[], start: number): number {
  let keys = 0;
  for (let index = start; index < reads.length; index += 1) {
    keys += reads[index]?.keys.length ?? 0;
    if (keys > KEYS_MAX && index > start) return index;
  }
  return reads.length;
}
