/** What starting costs: a process that imports slicewise, against one that does nothing; and one up to its first view. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { quantile, runContest, timeItems } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { buildPackage } from '../subject/built-package.ts';
import { openSubject, withFolder } from '../subject/open-subject.ts';
import { PRODUCT_CONTRACTS, VIEW_REF } from '../subject/product-contracts.ts';
import { productLines, TENANT_ID } from '../subject/product-lines.ts';

export const COLD_START_ROWS: BenchGroup = { id: 'cold', run: benchColdStart };

const TARGET = 2;

async function benchColdStart({ isQuick }: BenchSettings): Promise<BenchReport> {
  const { urlOf } = buildPackage();
  const rounds = isQuick ? 7 : 31;
  const result = await runContest({
    ours: () => timeItems(1, () => start(`import '${urlOf('index.js')}'`)),
    reference: () => timeItems(1, () => start('')),
    rounds,
    warmUpRounds: 2,
  });
  const firstViewMs = await withFolder((folder) => firstViews(folder, urlOf, Math.ceil(rounds / 3)));
  const referenceMs = result.reference / 1000;
  const milliseconds = { ...result, ours: result.ours / 1000, reference: referenceMs };
  const against = 'starting Node with nothing';
  return {
    rows: [
      judge({ id: 'cold-import', title: "import 'slicewise'", against, unit: 'ms', ...milliseconds, target: TARGET }),
      judge({
        id: 'cold-first-view',
        title: 'from start to the first queryView, from a SQLite file',
        against,
        unit: 'ms',
        ours: quantile(firstViewMs, 0.5),
        reference: referenceMs,
      }),
    ],
    notes: [],
  };
}

/** Milliseconds, one a round. */
async function firstViews(folder: string, urlOf: (module: string) => string, rounds: number) {
  const path = join(folder, 'ours.db');
  const [line] = productLines(1);
  const runtime = await openSubject({ path, contracts: PRODUCT_CONTRACTS });
  const entityKey = 'product#1';
  await runtime.ingest({ tenantId: TENANT_ID, entityKey, version: 1, payloadJson: line?.json ?? '' });
  await runtime.close();
  const input = { tenantId: TENANT_ID, entityKey, viewRef: VIEW_REF, version: 'active' };
  const script = `
    import { createRuntime } from '${urlOf('index.js')}';
    import { openSqliteStore } from '${urlOf('adapters/sqlite/index.js')}';
    import { createObjectRegistry } from '${urlOf('adapters/memory/contract-objects.js')}';
    const store = await openSqliteStore({ path: ${JSON.stringify(path)} });
    const runtime = createRuntime({ store, registry: createObjectRegistry(${JSON.stringify(PRODUCT_CONTRACTS)}) });
    const view = await runtime.queryView(${JSON.stringify(input)});
    if (view.status !== 'complete') throw new Error('bench: expected a complete view.');
    await runtime.close();`;
  const timesMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) timesMs.push((await timeItems(1, () => start(script))).wallUs / 1000);
  return timesMs;
}

function start(script: string): void {
  execFileSync(process.execPath, ['--input-type=module', '--eval', script]);
}
