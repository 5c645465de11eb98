import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/domain/canonical/json-value.ts';
import type { IngestInput, IngestResult, Runtime } from '../../src/flows/runtime/runtime.ts';
import { reorderedOf } from '../support/arbitraries/documents.ts';
import { type Step, type World, worldOf } from '../support/arbitraries/worlds.ts';
import { inputOf, newTenantId, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { sortAsBytes } from './support/oracle-values.ts';

/** Entity ids whose order by UTF-16 units and by UTF-8 bytes differ. */
const ODD_IDS = ['\uFB01', '\u{1F600}', 'é', 'z', 'a', '\u{10FFFF}', '\uFFFD', '10', '9'];

describe('L7: order never matters to the result', () => {
  it(
    'shuffled contracts, payloads and batches give the same hashes, keys and lists',
    async () => {
      const shuffled = worldOf({ steps: 4 }).chain((world) =>
        fc.record({
          world: fc.constant(world),
          contracts: fc.tuple(...world.contracts.map((contract) => shuffledContract(contract))),
          steps: fc.tuple(...world.steps.map((step) => reorderedStep(world, step))),
        }),
      );
      await assertLaw(
        fc.asyncProperty(shuffled, async ({ world, contracts, steps }) => {
          const plain = openRuntime(world.contracts);
          const other = openRuntime(contracts);
          for (const [index, step] of world.steps.entries()) {
            const reordered = steps[index];
            if (reordered === undefined) throw new Error('as many steps as before');
            expect(factsOf(await other.ingest(inputOf(reordered)))).toEqual(factsOf(await plain.ingest(inputOf(step))));
          }
          expect(await hashesOf(other, world)).toEqual(await hashesOf(plain, world));
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'the order of a batch of distinct entities does not matter, and every list is sorted by UTF-8 bytes',
    async () => {
      const runtime = openRuntime(ODD_CONTRACTS);
      const payload = fc.dictionary(fc.constantFrom(...ODD_IDS), fc.nat(3), { minKeys: 1, noNullPrototype: true });
      const entities = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ODD_IDS), payload }), {
        selector: ({ id }) => id,
      });
      const order = entities.chain((items) =>
        fc.record({ items: fc.constant(items), shuffled: fc.shuffledSubarray(items, { minLength: items.length }) }),
      );
      await assertLaw(
        fc.asyncProperty(order, fc.integer({ min: 1, max: 5 }), async ({ items, shuffled }, concurrency) => {
          const tenantId = newTenantId();
          const inputs = shuffled.map(({ id, payload: values }): IngestInput => oddInput(tenantId, id, { values }));
          const results = [];
          for await (const outcome of runtime.batch.ingest(inputs, { concurrency })) {
            if (!outcome.ok) throw outcome.error;
            results.push(outcome.result);
          }
          expect(results.map(({ entityKey }) => entityKey)).toEqual(inputs.map(({ entityKey }) => entityKey));
          const { items: listed } = await runtime.listEntities({ tenantId });
          expect(listed).toEqual(sortAsBytes(items.map(({ id }) => `odd#${id}`)));
          for (const result of results) expectSorted(result, items);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('changed paths and keys are sorted by UTF-8 bytes, outside the BMP too', async () => {
    const runtime = openRuntime(ODD_CONTRACTS);
    const all = Object.fromEntries(ODD_IDS.map((id): [string, number] => [id, 1]));
    await runtime.insertRawdata(oddInput(TENANT, 'a', {}));
    await runtime.insertRawdata({ ...oddInput(TENANT, 'a', all), version: 2 });
    const address = { tenantId: TENANT, entityKey: 'odd#a', ruleSetRef: 'odd-core@1.0.0' };
    const changeSet = await runtime.createChangeSet({ ...address, fromVersion: 1, toVersion: 2 });
    expect(changeSet.changedKeys).toEqual(sortAsBytes(ODD_IDS));
    expect(changeSet.changedPaths).toEqual(sortAsBytes(ODD_IDS.map((id) => `/${id}`)));
    expect(changeSet.ops.map(({ path }) => path)).toEqual(changeSet.changedPaths);
  });
});

const ODD_CONTRACTS: readonly JsonObject[] = [
  {
    kind: 'Schema',
    id: 'odd',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'odd',
    schema: { type: 'object', properties: { values: { type: 'object' } } },
  },
  {
    kind: 'RuleSet',
    id: 'odd-core',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'odd',
    schemaRef: 'odd@1.0.0',
    slices: [
      { type: 'Z', fields: { '\uFB01': 'values', '\u{1F600}': 'values' } },
      { type: 'A', when: { exists: 'values.z' }, fields: { z: 'values' } },
    ],
    impactMap: [{ path: 'values', slices: ['Z', 'A'] }],
    onNoMatch: 'IGNORE',
    indexes: ODD_IDS.map((id) => ({
      type: 'value',
      fromSlice: 'Z',
      selector: { path: `$["\uFB01"][${JSON.stringify(id)}]` },
      indexKey: { format: 'IDX#value#{value}#odd' },
    })),
  },
];

function oddInput(tenantId: string, id: string, payload: JsonObject): IngestInput & { readonly payload: JsonObject } {
  return { tenantId, entityKey: `odd#${id}`, version: 1, payload };
}

function expectSorted(result: IngestResult, items: readonly { readonly id: string; readonly payload: object }[]): void {
  const [ruleSet] = result.ruleSets;
  if (ruleSet?.outcome !== 'committed') throw new Error(`expected a commit, found ${ruleSet?.outcome}`);
  expect(ruleSet.slicing.slices.map(({ sliceType }) => sliceType)).toEqual(['A', 'Z']);
  const item = items.find(({ id }) => `odd#${id}` === result.entityKey);
  const values = new Set(Object.values(item?.payload ?? {}).map((value) => `IDX#value#${value}#odd`));
  expect(ruleSet.slicing.indexKeys).toEqual(sortAsBytes(values));
}

/** Every list of a contract whose order says nothing, and every object's members, in another order. */
function shuffledContract(contract: JsonObject): fc.Arbitrary<JsonObject> {
  return fc.array(fc.nat(999), { minLength: 32, maxLength: 32 }).map((choices) => {
    let at = 0;
    const choose = () => choices[at++ % choices.length] ?? 0;
    // An object stays one.
    return shuffleDeep(contract, '', choose) as JsonObject;
  });
}

const UNORDERED = [
  'slices',
  'joins',
  'impactMap',
  'joinImpact',
  'indexes',
  'fields',
  'optionalSlices',
  'all',
  'any',
  'values',
];

function shuffleDeep(value: JsonValue, name: string, choose: () => number): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: JsonValue) => shuffleDeep(item, '', choose));
    return UNORDERED.includes(name) ? shuffle(items, choose) : items;
  }
  // What a condition compares with is data.
  const members = Object.entries(value).map(([key, inner]: [string, JsonValue]): [string, JsonValue] => [
    key,
    key === 'value' ? inner : shuffleDeep(inner, key, choose),
  ]);
  return Object.fromEntries(shuffle(members, choose));
}

function shuffle<Item>(items: readonly Item[], choose: () => number): Item[] {
  const left = [...items];
  return items.flatMap(() => left.splice(choose() % left.length, 1));
}

function reorderedStep(world: World, step: Step): fc.Arbitrary<Step> {
  if (step.payload === null) return fc.constant(step);
  const model = step.entityKey.startsWith('product#') ? world.product.schema : world.brand.schema;
  return reorderedOf(model, step.payload).map((payload) => ({ ...step, payload }));
}

/** All of a result but what names the content of the contracts, in which order does count. */
function factsOf({ rawHash, version, outcome, slicing, ruleSets }: IngestResult) {
  const commits = ruleSets.map((ruleSet) => {
    if (ruleSet.outcome !== 'committed') return { outcome: ruleSet.outcome };
    const { slices, pins, manifestHash, indexKeys, changesetHash, mode } = ruleSet.slicing;
    return { slices, pins, manifestHash, indexKeys, changesetHash, mode };
  });
  return { rawHash, version, outcome, slicing, commits };
}

async function hashesOf(runtime: Runtime, { steps, product, brand }: World) {
  const listed = [];
  for (const entityKey of new Set(steps.map((step) => step.entityKey))) {
    const { id, version } = entityKey.startsWith('product#') ? product : brand;
    const { items } = await runtime.listManifests({ tenantId: TENANT, entityKey, ruleSetRef: `${id}@${version}` });
    listed.push(...items.map(({ slicedAt: _slicedAt, ...facts }) => facts));
  }
  return listed;
}
