import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';

/** Turns the sample files into what `slicewise ingest` and `runtime.ingest` take: one entity a line, as version 1. */

export interface RetailRecord {
  readonly entityKey: string;
  readonly version: 1;
  readonly payload: Readonly<Record<string, unknown>>;
}

interface NamedCategory {
  readonly id: string;
  readonly name: string | null;
}

interface SourceCategory extends NamedCategory {
  /** From the root to the category itself. */
  readonly path: readonly NamedCategory[];
  readonly subCategories: readonly NamedCategory[];
}

interface SourceStore extends Readonly<Record<string, unknown>> {
  readonly id: number;
}

export function readCategories(): readonly RetailRecord[] {
  // The file is part of the repository, and a contract checks every record of it when it is ingested.
  const categories = readSample('bestbuy-categories.json.gz') as readonly SourceCategory[];
  return categories.map((category) => {
    const parent = category.path.at(-2);
    return {
      entityKey: `retail-category#${category.id}`,
      version: 1,
      payload: {
        id: category.id,
        name: category.name,
        ...(parent && { parent_id: parent.id }),
        path_names: category.path.map((step) => step.name),
        sub_category_ids: category.subCategories.map((child) => child.id),
      },
    };
  });
}

export function readStores(): readonly RetailRecord[] {
  // As above.
  const stores = readSample('bestbuy-stores.json.gz') as readonly SourceStore[];
  return stores.map((store) => ({ entityKey: `retail-store#${store.id}`, version: 1, payload: store }));
}

function readSample(fileName: string): unknown {
  return JSON.parse(gunzipSync(readFileSync(new URL(fileName, import.meta.url))).toString('utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readers: Readonly<Record<string, () => readonly RetailRecord[]>> = {
    categories: readCategories,
    stores: readStores,
  };
  const read = readers[process.argv[2] ?? ''];
  if (read === undefined) {
    console.error('usage: node examples/data/retail-lines.ts categories|stores');
    process.exitCode = 2;
  } else {
    process.stdout.write(
      read()
        .map((record) => `${JSON.stringify(record)}\n`)
        .join(''),
    );
  }
}
