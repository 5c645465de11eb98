import type { ResultPage } from '../flows/runtime/listing-calls.ts';
import type { Invocation } from './invocation.ts';
import { formatJson } from './output/format-json.ts';
import { type Column, renderTable } from './output/table.ts';

export interface Listing<Item> {
  readonly fetch: (page: { readonly limit: number; readonly cursor?: string }) => Promise<ResultPage<Item>>;
  /** Whether an item is to be shown. */
  readonly keeps?: (item: Item) => boolean;
  readonly columns: readonly Column[];
  readonly toRow: (item: Item) => readonly string[];
  /** What to say where there is nothing, on stderr. */
  readonly whenEmpty: string;
}

const PAGE_ITEMS = 500;

/** Shows a listing page by page, as it comes: one JSON document a line, or a table whose columns align per page. */
export async function printPages<Item>(invocation: Invocation, listing: Listing<Item>): Promise<void> {
  const { settings, terminal } = invocation;
  const { out, err } = terminal;
  let shown = 0;
  let cursor: string | null | undefined;
  do {
    const page = await listing.fetch({ limit: PAGE_ITEMS, ...(typeof cursor === 'string' && { cursor }) });
    const items = listing.keeps === undefined ? page.items : page.items.filter(listing.keeps);
    if (settings.format === 'json') for (const item of items) await out.write(`${formatJson(item)}\n`);
    else if (items.length > 0) {
      await out.write(renderTable(listing.columns, items.map(listing.toRow), (text) => out.paint('dim', text)));
    }
    shown += items.length;
    cursor = page.cursor;
  } while (cursor !== null && !out.isClosed);
  if (shown === 0 && settings.format === 'human') await err.write(`${listing.whenEmpty}\n`);
}
