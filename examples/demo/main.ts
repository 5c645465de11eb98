import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { createFileRegistry } from '../../src/adapters/files/index.ts';
import { createMemoryStore } from '../../src/adapters/memory/index.ts';
import { openSqliteStore } from '../../src/adapters/sqlite/index.ts';
import { createRuntime, type Runtime } from '../../src/index.ts';
import { proveFullEqualsIncremental, refuseBadContract, refuseBadRecords } from './closing-chapters.ts';
import { followRenamedBrand } from './fan-out-chapter.ts';
import { changeRetailData, loadRetailData, queryRetailViews, rebuildElsewhere } from './retail-chapters.ts';
import { planRetailSeason } from './retail-season.ts';
import { followOneProduct, ingestShop, queryShopViews, showContracts } from './shop-chapters.ts';
import { brokenClaims, formatSeconds, print } from './terminal.ts';

/** The story of slicewise, on a store that is made for it and removed at the end. */

const SHOP_CONTRACTS = fileURLToPath(new URL('../../contracts', import.meta.url));
const RETAIL_CONTRACTS = fileURLToPath(new URL('../data/contracts', import.meta.url));

async function tellStory(folder: string): Promise<void> {
  const storePath = join(folder, 'store.db');
  await runWith(await openOnDisk(storePath, SHOP_CONTRACTS), async (runtime) => {
    await showContracts(createFileRegistry({ dir: SHOP_CONTRACTS }));
    const rounds = await ingestShop(runtime);
    await followOneProduct(runtime);
    await queryShopViews(runtime, rounds);
    await followRenamedBrand(runtime);
    await refuseBadRecords(runtime);
    await refuseBadContract({
      contractsFolder: SHOP_CONTRACTS,
      folder,
      openRuntime: openInMemory,
    });
  });
  const season = planRetailSeason();
  const incremental = await runWith(await openOnDisk(storePath, RETAIL_CONTRACTS), async (runtime) => {
    await loadRetailData(runtime, season);
    const slicings = await changeRetailData(runtime, season);
    await queryRetailViews(runtime, season);
    return slicings;
  });
  const full = await runWith(openInMemory(RETAIL_CONTRACTS), (runtime) => rebuildElsewhere(runtime, season));
  proveFullEqualsIncremental(incremental, full);
}

async function openOnDisk(path: string, contractsFolder: string): Promise<Runtime> {
  return createRuntime({
    store: await openSqliteStore({ path }),
    registry: createFileRegistry({ dir: contractsFolder }),
  });
}

function openInMemory(contractsFolder: string): Runtime {
  return createRuntime({ store: createMemoryStore(), registry: createFileRegistry({ dir: contractsFolder }) });
}

async function runWith<Result>(runtime: Runtime, step: (runtime: Runtime) => Promise<Result>): Promise<Result> {
  try {
    return await step(runtime);
  } finally {
    await runtime.close();
  }
}

async function main(): Promise<void> {
  const startedAtMs = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-demo-'));
  try {
    print(
      styleText('bold', '\n slicewise') + styleText('dim', ' · a contract is law, the same input gives the same bytes'),
    );
    await tellStory(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const broken = brokenClaims();
  print();
  if (broken.length > 0) {
    print(` ${styleText('red', `${broken.length} of the claims did not hold, marked ✗ above.`)}\n`);
    process.exitCode = 1;
    return;
  }
  print(` Every ✓ above was checked while it was printed. ${formatSeconds(performance.now() - startedAtMs)} in all.`);
  print(` Where to go from here: ${styleText('bold', 'docs/README.md')}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
