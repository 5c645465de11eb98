import { storeFormatNewer, storeFormatOlder } from '../../ports/store-errors.ts';
import { IF_ABSENT } from './condition.ts';
import { type Item, keyAttributes, numberIn, ofNumber } from './item.ts';
import { FORMAT_KEY } from './item-key.ts';
import type { Requests } from './requests.ts';
import { FORMAT_VERSION } from './table-layout.ts';

/** What a store's one record about itself says. */
export interface StoreFormat {
  readonly formatVersion: number;
  /** Into how many partitions each tenant's listings are divided; fixed when the store begins. */
  readonly shards: number;
}

export const DEFAULT_SHARDS = 8;

/**
 * What lies in the tables. Where nothing does, as after a template made them, it is settled now: by one conditional
 * write, so that of several processes one decides for all.
 *
 * @throws `store.format_newer`, `store.format_older`
 */
export async function settleFormat(requests: Requests, store: string, shards: number): Promise<StoreFormat> {
  const format = (await readFormat(requests)) ?? (await beginStore(requests, shards));
  const found = format.formatVersion;
  if (found > FORMAT_VERSION) throw storeFormatNewer({ store, found, supported: FORMAT_VERSION });
  if (found < FORMAT_VERSION) throw storeFormatOlder({ store, found, supported: FORMAT_VERSION });
  return format;
}

/** `null`: no store has begun in these tables. */
export async function readFormat(requests: Requests): Promise<StoreFormat | null> {
  const table = requests.tableName(FORMAT_KEY.table);
  const { found } = await requests.batchGet(new Map([[table, [keyAttributes(FORMAT_KEY)]]]));
  const item = found.get(table)?.[0];
  return item === undefined ? null : toFormat(item);
}

async function beginStore(requests: Requests, shards: number): Promise<StoreFormat> {
  const format: StoreFormat = { formatVersion: FORMAT_VERSION, shards };
  const put = await requests.put({
    Table: FORMAT_KEY.table,
    Item: { ...keyAttributes(FORMAT_KEY), formatVersion: ofNumber(FORMAT_VERSION), shards: ofNumber(shards) },
    ...IF_ABSENT,
  });
  return put.isMade || put.there === undefined ? format : toFormat(put.there);
}

function toFormat(item: Item): StoreFormat {
  return { formatVersion: numberIn(item, 'formatVersion'), shards: numberIn(item, 'shards') };
}
