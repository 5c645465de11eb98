import { compareUtf8 } from '../../domain/canonical/key-order.ts';

export interface ShardPage {
  readonly keys: readonly string[];
  readonly hasMore: boolean;
}

/** Reads up to `limit` keys of a shard behind `after`, in order. */
export type ReadShard = (shard: number, after: string | undefined, limit: number) => Promise<ShardPage>;

export interface ShardsRequest {
  readonly shards: number;
  readonly after: string | undefined;
  readonly limit: number;
}

/** Read at least so many from each, so that a crowded shard seldom needs a second request. */
const SHARE_MIN = 16;

/** The first `limit` keys of all shards together, in UTF-8 byte order, as if there was one list. */
export async function readSortedShards(
  { shards, after, limit }: ShardsRequest,
  read: ReadShard,
): Promise<readonly string[]> {
  const share = Math.min(limit, Math.max(SHARE_MIN, Math.ceil((2 * limit) / shards)));
  const lists = await Promise.all(
    Array.from({ length: shards }, async (_, shard) => {
      const list = new ShardList(shard, after, share);
      await list.fill(read);
      return list;
    }),
  );
  const keys: string[] = [];
  while (keys.length < limit) {
    const lowest = lists.filter((list) => list.first !== undefined).sort(byFirst)[0];
    if (lowest?.first === undefined) break;
    keys.push(lowest.first);
    lowest.dropFirst();
    if (lowest.first === undefined) await lowest.fill(read);
  }
  return keys;
}

class ShardList {
  readonly #shard: number;
  readonly #share: number;
  #keys: readonly string[] = [];
  #next = 0;
  #after: string | undefined;
  #hasMore = true;

  constructor(shard: number, after: string | undefined, share: number) {
    this.#shard = shard;
    this.#after = after;
    this.#share = share;
  }

  get first(): string | undefined {
    return this.#keys[this.#next];
  }

  dropFirst(): void {
    this.#next += 1;
  }

  async fill(read: ReadShard): Promise<void> {
    if (!this.#hasMore) return;
    const { keys, hasMore } = await read(this.#shard, this.#after, this.#share);
    this.#keys = keys;
    this.#next = 0;
    this.#after = keys.at(-1);
    this.#hasMore = hasMore && keys.length > 0;
  }
}

function byFirst(left: ShardList, right: ShardList): number {
  return compareUtf8(left.first ?? '', right.first ?? '');
}
