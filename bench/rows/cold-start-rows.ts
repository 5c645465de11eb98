/** What starting costs: a process that imports slicewise, against one that does nothing; and one up to its first view. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { quantile, runContest } from '../measure/contest.ts';
import { type BenchGroup, type BenchReport, type BenchSettings, judge } from '../report/bench-row.ts';
import { buildPackage } from '../subject/built-package.ts';
import { openSubject, withFolder } from '../subject/open-subject.ts';
import { PRODUCT_CONTRACTS, VIEW_REF } from '../subject/product-contracts.ts';
import { productLines, TENANT_ID } from '../subject/product-lines.ts';

export const COLD_START_ROWS: BenchGroup = { id: 'cold-start', run: benchColdStart };

const TARGET = 2;

async function benchColdStart({ isQuick }: BenchSettings): Promise<BenchReport> {
  const { urlOf } = buildPackage();
  const rounds = isQuick ? 7 : 31;
  const result = await runContest({
    ours: () => startUs(`import '${urlOf('index.js')}'`),
    reference: () => startUs(''),
    rounds,
    warmUpRounds: 2,
  });
  const firstViewMs = await withFolder((folder) => timesToFirstView(folder, urlOf, Math.ceil(rounds / 3)));
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

async function timesToFirstView(folder: string, urlOf: (module: string) => string, rounds: number) {
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
  return Array.from({ length: rounds }, () => startUs(script) / 1000);
}

function startUs(script: string): number {
  const startedMs = performance.now();
  execFileSync(process.execPath, ['--input-type=module', '--eval', script]);
  return (performance.now() - startedMs) * 1000;
}
