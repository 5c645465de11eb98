import type { ContentHash } from '../../domain/canonical/hash.ts';
import { type CollectingRecord, contentHashOf, type SliceRecord } from '../../domain/records.ts';
import type { OnceRecord, PutOnceOutcome } from '../../ports/store.ts';
import { storeThrottled } from '../../ports/store-errors.ts';
import type { BatchReader } from './batch-reader.ts';
import { type Database, quoteIdentifier, type Session } from './database.ts';
import { completedText, orderedText } from './erasure-codec.ts';
import { arraysOf, type Column, insertGiven, namesOf, textOf, unnest } from './given-rows.ts';
import { lockLocations } from './payload-locations.ts';
import { RECORD_TABLES } from './record-tables.ts';
import { changeSetMeaning, ERASED } from './row-codec.ts';

type OnceKind = OnceRecord['kind'];
type OnceOf<Kind extends OnceKind> = Extract<OnceRecord, { kind: Kind }>;

/** The columns of a kind behind those of its key. */
const CONTENT: { readonly [Kind in OnceKind]: readonly Column<OnceOf<Kind>>[] } = {
  'change-set': [
    { name: 'changeset_hash', type: 'text', of: (record) => record.changesetHash },
    { name: 'ops', type: 'bytea', of: (record) => record.ops },
    { name: 'change_type', type: 'text', of: (record) => record.changeType },
    { name: 'meaning', type: 'text', of: changeSetMeaning },
    { name: 'created_at', type: 'text', of: (record) => record.createdAt },
  ],
  slice: [
    { name: 'is_tombstone', type: 'boolean', of: (record) => record.isTombstone },
    {
      name: 'payload',
      type: 'bytea',
      of: ({ payload }) => (typeof payload === 'string' ? Buffer.from(payload) : (payload ?? ERASED)),
    },
    { name: 'gc_epoch', type: 'bigint', of: (record) => record.gcEpoch },
    { name: 'sliced_at', type: 'text', of: (record) => record.slicedAt },
  ],
  collecting: [{ name: 'started_at', type: 'text', of: (record) => record.startedAt }],
  erasure: [
    { name: 'erasure_hash', type: 'text', of: (record) => record.erasureHash },
    { name: 'ordered', type: 'text', of: orderedText },
    { name: 'completed', type: 'text', of: completedText },
  ],
  'contract-snapshot': [
    { name: 'document', type: 'bytea', of: (record) => record.document },
    { name: 'recorded_at', type: 'text', of: (record) => record.recordedAt },
  ],
  'contract-binding': [
    { name: 'content_hash', type: 'text', of: (record) => record.contentHash },
    { name: 'recorded_at', type: 'text', of: (record) => record.recordedAt },
    { name: 'is_indexed_from_start', type: 'boolean', of: (record) => record.isIndexedFromStart },
  ],
};

const STORED: PutOnceOutcome = { outcome: 'stored' };
/** Kinds whose key does not say what their content is. */
const HAS_ITS_HASH_BESIDE: ReadonlySet<OnceKind> = new Set(['change-set', 'contract-binding', 'erasure']);

/** Puts records whose key may be taken: one statement for each kind among them. */
export class OnceWriter {
  readonly #store: string;
  readonly #owner: string;
  readonly #reader: BatchReader;

  constructor({ name, schema }: Database, reader: BatchReader) {
    this.#store = name;
    this.#owner = quoteIdentifier(schema);
    this.#reader = reader;
  }

  /** @param session a transaction where a collecting record is among them */
  async put(session: Session, records: readonly OnceRecord[]): Promise<readonly PutOnceOutcome[]> {
    const outcomes: PutOnceOutcome[] = records.map(() => STORED);
    for (const kind of new Set(records.map((record) => record.kind))) {
      const ofKind = [...records.entries()].filter(
        (entry): entry is [number, OnceOf<typeof kind>] => entry[1].kind === kind,
      );
      const isStored = await this.#putKind(
        session,
        kind,
        ofKind.map(([, record]) => record),
      );
      const taken = ofKind.filter((_, index) => !isStored.has(index));
      const hashes = await this.#hashesOf(
        session,
        taken.map(([, record]) => record),
      );
      for (const [index, contentHash] of hashes.entries()) {
        const place = taken[index]?.[0];
        if (place !== undefined) outcomes[place] = { outcome: 'exists', contentHash };
      }
    }
    return outcomes;
  }

  /** @returns the places of those that are new */
  async #putKind<Kind extends OnceKind>(
    session: Session,
    kind: Kind,
    records: readonly OnceOf<Kind>[],
  ): Promise<ReadonlySet<number>> {
    const keys = keysOf(kind);
    const content = CONTENT[kind];
    const table = `${this.#owner}.${RECORD_TABLES[kind].table}`;
    const firsts = new Map<string, number>();
    for (const [place, record] of records.entries()) {
      const key = textOf(keys, record);
      if (!firsts.has(key)) firsts.set(key, place);
    }
    const given = oncePerKey(keys, records);
    if (kind === 'collecting') await lockLocations(session, given as readonly CollectingRecord[], 'alone');
    const rows = [
      ...(hasEpochs(given)
        ? await session.rows(giveContentAgain(table, keys, content), arraysOf([...keys, ...content], given))
        : []),
      ...(await session.rows(
        `${insertGiven(table, keys, content)} ${onConflict(keys, given)} RETURNING xmax = 0, ${namesOf(keys)}`,
        arraysOf([...keys, ...content], given),
      )),
    ];
    return new Set(rows.flatMap(([isNew, ...key]) => (isNew === true ? (firsts.get(JSON.stringify(key)) ?? []) : [])));
  }

  /** The hashes of what is there under the keys of some records. */
  async #hashesOf(session: Session, taken: readonly OnceRecord[]): Promise<readonly ContentHash[]> {
    const [first] = taken;
    // Of the others the key alone says what is there.
    if (first === undefined || !HAS_ITS_HASH_BESIDE.has(first.kind)) return taken.map(contentHashOf);
    const there = await this.#reader.read(session, taken);
    // What was read under a record's key is of its kind.
    return there.map((record) => contentHashOf((record ?? this.#refuseVanished()) as OnceRecord));
  }

  #refuseVanished(): never {
    const found = 'one that was deleted at the very moment';
    throw storeThrottled({ store: this.#store, found, advice: 'Call again.' });
  }
}

function keysOf<Kind extends OnceKind>(kind: Kind): readonly Column<OnceOf<Kind>>[] {
  // A record has the members of its own key.
  return RECORD_TABLES[kind].keys as unknown as readonly Column<OnceOf<Kind>>[];
}

/** Each key once, a slice at the highest of its epochs: put one after the other, they would end there. */
function oncePerKey<Record extends OnceRecord>(keys: readonly Column<Record>[], records: readonly Record[]) {
  const chosen = new Map<string, Record>();
  for (const record of records) {
    const key = textOf(keys, record);
    const known = chosen.get(key);
    if (known === undefined || epochOf(known) < epochOf(record)) chosen.set(key, record);
  }
  return [...chosen.values()];
}

function epochOf(record: OnceRecord): SliceRecord['gcEpoch'] {
  return record.kind === 'slice' ? record.gcEpoch : 0;
}

/** Before the first collection no epoch is above 0, and nothing that is there need be touched. */
function hasEpochs(records: readonly OnceRecord[]): boolean {
  return records.some((record) => epochOf(record) > 0);
}

/** An erased slice that a later attempt puts. What gets erased behind it gets its content from the insert all the same. */
function giveContentAgain<Record>(
  table: string,
  keys: readonly Column<Record>[],
  content: readonly Column<Record>[],
): string {
  const isSame = keys.map(({ name }) => `slice.${name} = given.${name}`).join(' AND ');
  const columns = [...keys, ...content];
  return `
    UPDATE ${table} AS slice SET payload = given.payload, gc_epoch = given.gc_epoch
    FROM ${unnest(columns)} AS given (${namesOf(columns)})
    WHERE ${isSame} AND slice.gc_epoch < given.gc_epoch AND octet_length(slice.payload) = 0
    RETURNING true, ${keys.map(({ name }) => `slice.${name}`).join(', ')}`;
}

function onConflict(keys: readonly { readonly name: string }[], given: readonly OnceRecord[]): string {
  if (!hasEpochs(given)) return 'ON CONFLICT DO NOTHING';
  return `
    ON CONFLICT (${namesOf(keys)}) DO UPDATE SET gc_epoch = excluded.gc_epoch,
      payload = CASE WHEN octet_length(slice.payload) = 0 THEN excluded.payload ELSE slice.payload END
    WHERE slice.gc_epoch < excluded.gc_epoch`;
}
