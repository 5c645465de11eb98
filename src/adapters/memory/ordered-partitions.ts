import { compareUtf8 } from '../../domain/canonical/key-order.ts';

export interface PartitionPageRequest {
  readonly order: 'ascending' | 'descending';
  readonly limit: number;
  /** Positions behind this one, in `order`. */
  readonly after?: string | undefined;
  readonly prefix?: string | undefined;
}

export interface PartitionPage<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Partition → position → item, read in UTF-8 byte order of the positions, as a sorted key-value store would. */
export class OrderedPartitions<Item> {
  readonly #partitions = new Map<string, Map<string, Item>>();

  get(partition: string, position: string): Item | undefined {
    return this.#partitions.get(partition)?.get(position);
  }

  set(partition: string, position: string, item: Item): void {
    const items = this.#partitions.get(partition);
    if (items) items.set(position, item);
    else this.#partitions.set(partition, new Map([[position, item]]));
  }

  delete(partition: string, position: string): void {
    this.#partitions.get(partition)?.delete(position);
  }

  page(partition: string, request: PartitionPageRequest, accepts: (item: Item) => boolean): PartitionPage<Item> {
    const direction = request.order === 'ascending' ? 1 : -1;
    const { after, prefix } = request;
    const behind = [...(this.#partitions.get(partition) ?? [])]
      .filter(([position]) => prefix === undefined || position.startsWith(prefix))
      .filter(([position]) => after === undefined || compareUtf8(position, after) * direction > 0)
      .filter(([, item]) => accepts(item))
      .sort(([left], [right]) => compareUtf8(left, right) * direction);
    const page = behind.slice(0, request.limit);
    return {
      items: page.map(([, item]) => item),
      next: behind.length > page.length ? (page.at(-1)?.[0] ?? null) : null,
    };
  }
}
