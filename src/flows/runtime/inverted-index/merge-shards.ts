import { compareUtf8 } from '../../../domain/canonical/key-order.ts';
import { formatRef } from '../../../domain/contracts/contract-ref.ts';
import type { HintRecord } from '../../../domain/records.ts';
import type { Page } from '../../../ports/store.ts';

/** Where a merged listing goes on. */
export interface MergePosition {
  /** The shards that are not at their end, each with where the page begins that is being read; `null`: its first. */
  readonly open: readonly (readonly [shard: number, start: string | null])[];
  /** The last entry that was taken: what is not behind it was taken, too. */
  readonly last: HintKey;
}

type HintKey = readonly [entityKey: string, ruleSetRef: string, sliceType: string];
type ReadPage = (shard: number, start: string | null) => Promise<Page<HintRecord>>;

export interface MergedPage {
  readonly items: readonly HintRecord[];
  /** `null` when this was the last page. */
  readonly next: MergePosition | null;
}

/**
 * One page of the entries of several shards, in one order. A shard's place is the start of its page and what was taken
 * last, which stays good whatever is written or swept between two pages.
 */
export async function mergeShards(
  read: ReadPage,
  { shards, limit, from }: { readonly shards: number; readonly limit: number; readonly from: MergePosition | null },
): Promise<MergedPage> {
  const open = from?.open ?? Array.from({ length: shards }, (_, shard) => [shard, null] as const);
  const readers = open.map(([shard, start]) => new ShardReader(shard, start, read, from?.last ?? null));
  const items: HintRecord[] = [];
  await Promise.all(readers.map((reader) => reader.fill()));
  for (let reader = leastOf(readers); reader !== undefined; reader = leastOf(readers)) {
    items.push(reader.take());
    // Not read ahead: the page is whole, whatever comes behind it.
    if (items.length === limit) break;
    await reader.fill();
  }
  const last = items.at(-1);
  const left = readers.flatMap((reader) => reader.place());
  return { items, next: last === undefined || left.length === 0 ? null : { open: left, last: keyOf(last) } };
}

function leastOf(readers: readonly ShardReader[]): ShardReader | undefined {
  let least: ShardReader | undefined;
  for (const reader of readers) {
    if (reader.head === undefined) continue;
    if (least?.head === undefined || compareKeys(keyOf(reader.head), keyOf(least.head)) < 0) least = reader;
  }
  return least;
}

/** One shard, page by page. */
class ShardReader {
  readonly #shard: number;
  readonly #read: ReadPage;
  readonly #last: HintKey | null;
  #start: string | null;
  #page: Page<HintRecord> | undefined;
  #index = 0;

  constructor(shard: number, start: string | null, read: ReadPage, last: HintKey | null) {
    this.#shard = shard;
    this.#start = start;
    this.#read = read;
    this.#last = last;
  }

  get head(): HintRecord | undefined {
    return this.#page?.items[this.#index];
  }

  /** Reads on until there is a head, or nothing more. */
  async fill(): Promise<void> {
    while (this.head === undefined && this.#page?.next !== null) {
      this.#start = this.#page?.next ?? this.#start;
      const { items, next } = await this.#read(this.#shard, this.#start);
      this.#page = { items: items.filter((hint) => this.#isBehindLast(hint)), next };
      this.#index = 0;
    }
  }

  #isBehindLast(hint: HintRecord): boolean {
    return this.#last === null || compareKeys(keyOf(hint), this.#last) > 0;
  }

  take(): HintRecord {
    // Only a reader with a head is asked.
    const head = this.head as HintRecord;
    this.#index += 1;
    return head;
  }

  /** Where it goes on; none at its end. */
  place(): MergePosition['open'] {
    if (this.head !== undefined) return [[this.#shard, this.#start]];
    const next = this.#page?.next ?? null;
    return next === null ? [] : [[this.#shard, next]];
  }
}

function keyOf({ entityKey, ruleSet, sliceType }: HintRecord): HintKey {
  return [entityKey, formatRef(ruleSet), sliceType];
}

function compareKeys(left: HintKey, right: HintKey): number {
  return compareUtf8(left[0], right[0]) || compareUtf8(left[1], right[1]) || compareUtf8(left[2], right[2]);
}
