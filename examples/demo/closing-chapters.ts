import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime, SlicingResult } from '../../src/index.ts';
import { expectRefusal } from './refusal.ts';
import { TENANT } from './run.ts';
import { chapter, claim, formatCount, lead, print, say, shortHash, table } from './terminal.ts';

const GOOD = {
  title: 'Kestrel Fen Stool',
  status: 'ACTIVE',
  price: { amount: 8900, currency: 'EUR' },
  brand_id: 'B11',
  category_ids: ['living', 'seating'],
};

interface BadRecord {
  readonly what: string;
  readonly code: string;
  readonly entityKey: string;
  readonly version: number;
  readonly payloadJson: string;
}

const BAD_RECORDS: readonly BadRecord[] = [
  {
    what: 'A price that is text',
    code: 'rawdata.schema_mismatch',
    entityKey: 'product#P9001',
    version: 1,
    payloadJson: JSON.stringify({ ...GOOD, price: { amount: '89.00', currency: 'EUR' } }),
  },
  {
    what: 'JSON that says one thing twice (JSON.parse would hide it)',
    code: 'json.duplicate_member',
    entityKey: 'product#P9002',
    version: 1,
    payloadJson: JSON.stringify(GOOD).replace('"title"', '"status":"DRAFT","title"'),
  },
  {
    what: 'A version too far',
    code: 'rawdata.version_gap',
    entityKey: 'product#P0001',
    version: 5,
    payloadJson: JSON.stringify(GOOD),
  },
  {
    what: 'Another content for a version that is there',
    code: 'rawdata.content_conflict',
    entityKey: 'product#P0001',
    version: 1,
    payloadJson: JSON.stringify(GOOD),
  },
];

export async function refuseBadRecords(runtime: Runtime): Promise<void> {
  chapter('What does not fit stays out');
  const before = await countProducts(runtime);
  for (const { what, code, entityKey, version, payloadJson } of BAD_RECORDS) {
    lead(what);
    await expectRefusal(code, () => runtime.ingest({ tenantId: TENANT, entityKey, version, payloadJson }));
    print();
  }
  claim('the store is as it was', (await countProducts(runtime)) === before);
}

async function countProducts(runtime: Runtime): Promise<number> {
  const { items } = await runtime.listEntities({ tenantId: TENANT, prefix: 'product#', limit: 1000 });
  const { version } = await runtime.getRawdata({ tenantId: TENANT, entityKey: 'product#P0001', version: 'newest' });
  return items.length + version;
}

export interface BadContracts {
  /** The catalogue's own folder, which stays as it is. */
  readonly contractsFolder: string;
  /** Where a spoilt copy may be written. */
  readonly folder: string;
  /** Opens a runtime over a folder of contracts. */
  openRuntime(contractsFolder: string): Promise<Runtime> | Runtime;
}

export async function refuseBadContract({ contractsFolder, folder, openRuntime }: BadContracts): Promise<void> {
  chapter('Nor does a contract that forgets something');
  say('A copy of the catalogue, in which somebody dropped one line: which slices does a change of the price concern?');
  const copy = join(folder, 'spoilt', 'contracts');
  cpSync(contractsFolder, copy, { recursive: true });
  const file = join(copy, 'product/product-core.rule-set.yaml');
  const text = readFileSync(file, 'utf8');
  const spoilt = text.replace(/^ {2}- \{ path: price, .*\n/m, '');
  claim('one line less', text.split('\n').length === spoilt.split('\n').length + 1);
  print();
  writeFileSync(file, spoilt);
  const runtime = await openRuntime(copy);
  try {
    const input = { tenantId: TENANT, entityKey: 'product#P0001', version: 1, ruleSetRef: 'product-core@1.3.0' };
    await expectRefusal(
      'contract.impact_map_unsound',
      () => runtime.slicing({ ...input, mode: 'FULL_REBUILD' }),
      folder,
    );
  } finally {
    await runtime.close();
  }
}

const SHOWN = 4;

export function proveFullEqualsIncremental(
  incremental: readonly SlicingResult[],
  full: readonly SlicingResult[],
): void {
  chapter('FULL = INCREMENTAL');
  say(
    'The versions above were built from their predecessors. A second store, in memory, has just built the same ' +
      'versions from nothing. A manifest hash covers every slice and every join source, so one hash decides.',
  );
  const pairs = incremental.map((result, at) => ({ incremental: result, full: full[at] }));
  table(
    ['entity', 'version', 'INCREMENTAL', 'FULL_REBUILD'],
    pairs
      .filter((_, at) => at % Math.ceil(pairs.length / SHOWN) === 0)
      .map(({ incremental: ours, full: theirs }) => [
        ours.entityKey,
        ours.version,
        shortHash(ours.manifestHash),
        shortHash(theirs?.manifestHash ?? ''),
      ]),
  );
  const modes = pairs.every(
    ({ incremental: ours, full: theirs }) => ours.mode === 'INCREMENTAL' && theirs?.mode === 'FULL_REBUILD',
  );
  claim('the one side was built INCREMENTAL, the other FULL_REBUILD', modes);
  const same = pairs.filter(({ incremental: ours, full: theirs }) => ours.manifestHash === theirs?.manifestHash).length;
  claim(
    `${formatCount(same)} of ${formatCount(pairs.length)} manifest hashes are equal`,
    same === pairs.length && same > 0,
  );
  const keysMatch = pairs.every(({ incremental: ours, full: theirs }) => {
    const keys = new Set(theirs?.indexKeys);
    return ours.indexKeys.every((key) => keys.has(key));
  });
  claim('and no index key came out otherwise', keysMatch);
}
