import type { ContractRegistry, Runtime } from '../../src/index.ts';
import { makeCatalogue } from './catalogue.ts';
import { expectRefusal } from './refusal.ts';
import { ingestAll, TENANT, tally } from './run.ts';
import { FOLLOWED, planSeason, RENAMED_SUFFIX, type Round } from './season.ts';
import { chapter, claim, lead, print, say, shortHash, show, table, timed } from './terminal.ts';

const PRODUCTS = 300;
const RULE_SET = 'product-core@1.3.0';
const ENTITY = { tenantId: TENANT, entityKey: `product#${FOLLOWED}` } as const;

export async function showContracts(registry: ContractRegistry): Promise<void> {
  chapter('Contracts in');
  say('All that follows is declared in a folder of YAML files. Nothing else decides anything.');
  const rows: string[][] = [];
  for (const kind of ['Schema', 'RuleSet', 'View'] as const) {
    for (const { document, origin } of await registry.list(kind)) {
      // The registry hands out documents as they were parsed; these have been loaded by the runtime already.
      const { id, version, status } = document as Readonly<Record<string, string>>;
      rows.push([kind, `${id}@${version}`, String(status), origin.slice(origin.lastIndexOf('contracts/'))]);
    }
  }
  table(['kind', 'ref', 'status', 'file'], rows);
}

export async function ingestShop(runtime: Runtime): Promise<readonly Round[]> {
  chapter('A shop moves in');
  say(
    `${PRODUCTS} made-up products of 12 brands, and what happens to them. One call per change: it puts the version, ` +
      'works out what changed, and builds the slices that the change concerns. Joins copy the brand and the category ' +
      'into the product while it is built, and who joined what has changed follows it.',
  );
  const rounds = planSeason(makeCatalogue(PRODUCTS));
  const rows: (string | number)[][] = [];
  let settled = 0;
  for (const { title, deliveries } of rounds) {
    const [results, took] = await timed(() => ingestAll(runtime, deliveries));
    const { versions, built, shared, tombstones, followed } = tally(results);
    rows.push([title, versions, built, tombstones, shared, followed, took]);
    settled += results.filter((result) => result.slicing === 'settled').length;
  }
  table(['', 'versions', 'slices built', 'tombstones', 'shared', 'followed', 'time'], rows);
  const sent = rounds.flatMap((round) => round.deliveries).length;
  claim(`${sent} versions were sent, ${settled} are in and sliced`, settled === sent);
  await ingestAgain(runtime, rounds);
  return rounds;
}

async function ingestAgain(runtime: Runtime, rounds: readonly Round[]): Promise<void> {
  const deliveries = rounds.flatMap((round) => round.deliveries);
  const [results, took] = await timed(() => ingestAll(runtime, deliveries));
  const { versions, unchanged, built } = tally(results);
  claim(
    `the same ${versions} versions once more, as after a lost answer: ${unchanged} unchanged, ${built} slices built (${took})`,
    versions === deliveries.length && unchanged === versions && built === 0,
  );
}

export async function followOneProduct(runtime: Runtime): Promise<void> {
  chapter(`One product, closely: ${ENTITY.entityKey}`);
  await showChangeSets(runtime);
  await showManifests(runtime);
  await showJoin(runtime);
}

async function showChangeSets(runtime: Runtime): Promise<void> {
  for (const fromVersion of [1, 2]) {
    const changeSet = await runtime.createChangeSet({
      ...ENTITY,
      fromVersion,
      toVersion: fromVersion + 1,
      ruleSetRef: RULE_SET,
    });
    lead(`From version ${fromVersion} to ${fromVersion + 1}`);
    for (const { op, path, ...rest } of changeSet.ops) show({ [`${op} ${path}`]: 'value' in rest ? rest.value : null });
    claim(`concerns ${changeSet.impactedSlices.join(', ')}`, changeSet.impactedSlices.length === 1);
    if (fromVersion === 1) {
      claim(
        'the categories came in another order, and that is no change: the schema calls them a set',
        changeSet.changedKeys.every((key) => key !== 'category_ids'),
      );
    }
    print();
  }
}

async function showManifests(runtime: Runtime): Promise<void> {
  const { items: manifests } = await runtime.listManifests({ ...ENTITY, ruleSetRef: RULE_SET, order: 'ascending' });
  lead('Each commit names the hash of every slice type; what did not change is shared');
  print();
  const types = Object.keys(manifests[0]?.slices ?? {}).sort();
  const rows = types.map((type) => [
    type,
    ...manifests.map(({ slices }, at) => {
      const hash = slices[type] ?? '';
      return hash === manifests[at - 1]?.slices[type] ? 'shared' : shortHash(hash).replace('sha256:', '');
    }),
  ]);
  table(['slice type', ...manifests.map(({ version, revision }) => `v${version} revision ${revision}`)], rows);
  const shared = rows.flat().filter((cell) => cell === 'shared').length;
  claim(
    `${manifests.length} commits × ${types.length} types are ${manifests.length * types.length - shared} slices`,
    manifests.length === 4 && shared === 15,
  );
}

async function showJoin(runtime: Runtime): Promise<void> {
  const { slices } = await runtime.explain({
    ...ENTITY,
    version: 2,
    revision: 1,
    ruleSetRef: RULE_SET,
    sliceType: 'PRODUCT_BRAND_ENRICHED',
  });
  const [slice] = slices;
  const pin = slice?.pins['brand'];
  claim(
    `version 2 followed the brand's new name as its next revision, though nothing in the product said so: ` +
      `built because of ${JSON.stringify(slice?.rebuilt)}`,
    slice?.rebuilt?.reason === 'join' && String(slice.payload?.['brand_name']).endsWith(RENAMED_SUFFIX),
  );
  claim(`and it is written down from where: ${pin?.entityKey} version ${pin?.version}`, pin?.version === 2);
}

interface Detail {
  readonly title: string;
  readonly price_amount: number;
  readonly brand: string;
  readonly category: string;
  readonly promotion_label: string;
}

export async function queryShopViews(runtime: Runtime, rounds: readonly Round[]): Promise<void> {
  chapter('Views out');
  say('A view joins slices by key. It computes nothing and writes nothing.');
  const viewRef = 'product-detail@1.0.0';
  const newest = await runtime.queryView<Detail>({ ...ENTITY, viewRef, version: 'active' });
  lead(`${viewRef}, version 'active': ${newest.status}`);
  show(newest.data);
  claim(`it is version ${newest.meta.version}, and nothing newer is waiting`, newest.meta.behind === null);
  const first = await runtime.queryView<Detail>({ ...ENTITY, viewRef, version: 1 });
  claim('version 1 can still be read, with the old price', first.data.price_amount !== newest.data.price_amount);
  const missing = first.status === 'partial' ? first.missing.map(({ sliceType }) => sliceType) : [];
  claim(
    `it had no promotion, and says so: status '${first.status}', without ${missing.join(', ')}`,
    missing.join() === 'PRODUCT_PROMOTION',
  );
  await queryRetired(runtime, rounds);
}

async function queryRetired(runtime: Runtime, rounds: readonly Round[]): Promise<void> {
  const retired = rounds.at(-1)?.deliveries.find((delivery) => delivery.payload === null);
  const entityKey = retired?.entityKey ?? '';
  print();
  lead(`product-card@1.0.0 of ${entityKey}, which was retired`);
  const query = { tenantId: TENANT, entityKey, viewRef: 'product-card@1.0.0', version: 'active' } as const;
  await expectRefusal('view.slice_missing', () => runtime.queryView(query));
}
