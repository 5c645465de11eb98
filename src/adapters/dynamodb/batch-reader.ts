import type { RecordKey, StoredRecord } from '../../ports/store.ts';
import { inParallel } from './in-parallel.ts';
import { type Item, keyAttributes, textIn } from './item.ts';
import { toRecord } from './item-codec.ts';
import { type ItemKey, itemKeyOf } from './item-key.ts';
import type { ByTable, Requests } from './requests.ts';

/** What one BatchGetItem takes. */
const KEYS_MAX = 100;
const REQUESTS_AT_ONCE = 8;

// In no table's name, and a sort key is the last part.
const SEPARATOR = '\u0000';

/** Gets records by their keys, a hundred in one round trip. Every key is answered for, or the read fails. */
export class BatchReader {
  readonly #requests: Requests;

  constructor(requests: Requests) {
    this.#requests = requests;
  }

  async read(keys: readonly RecordKey[]): Promise<readonly (StoredRecord | undefined)[]> {
    const places = keys.map(itemKeyOf);
    const found = new Map<string, Item>();
    const distinct = [...new Map(places.map((place) => [this.#placeText(place), place])).values()];
    const requests = Array.from({ length: Math.ceil(distinct.length / KEYS_MAX) }, (_, index) =>
      distinct.slice(index * KEYS_MAX, (index + 1) * KEYS_MAX),
    );
    await inParallel(requests, REQUESTS_AT_ONCE, (asked) => this.#collect(asked, found));
    return keys.map((key, index) => {
      const place = places[index];
      const item = place && found.get(this.#placeText(place));
      return item && toRecord(key, item);
    });
  }

  /** What is left over is asked for again, behind a wait: it may have been left for want of capacity. */
  async #collect(asked: readonly ItemKey[], found: Map<string, Item>): Promise<void> {
    let left = this.#byTable(asked);
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#requests.batchGet(left);
      const got = [...answer.found].flatMap(([table, items]) => items.map((item) => [table, item] as const));
      for (const [table, item] of got) found.set(textOf(table, textIn(item, 'pk'), textIn(item, 'sk')), item);
      if (answer.unprocessed.size === 0) return;
      left = answer.unprocessed;
      // A large answer comes in parts; only one that does not move counts as turned away.
      if (got.length > 0) attempt = 0;
      await this.#requests.retries.backOff(attempt, new LeftUnprocessed());
    }
  }

  #byTable(asked: readonly ItemKey[]): ByTable {
    const keys = new Map<string, Item[]>();
    for (const place of asked) {
      const table = this.#requests.tableName(place.table);
      const own = keys.get(table);
      if (own) own.push(keyAttributes(place));
      else keys.set(table, [keyAttributes(place)]);
    }
    return keys;
  }

  #placeText({ table, pk, sk }: ItemKey): string {
    return textOf(this.#requests.tableName(table), pk, sk);
  }
}

/** Stands where DynamoDB said nothing but that it did not get round to some keys: it says so for want of capacity. */
class LeftUnprocessed extends Error {
  override readonly name = 'ProvisionedThroughputExceededException';
}

function textOf(table: string, pk: string, sk: string): string {
  return [table, pk, sk].join(SEPARATOR);
}
