import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFileRegistry } from '../../src/adapters/files/contract-files.ts';
import type { JsonObject, JsonValue } from '../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import { countingStore } from '../support/counting-store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_PAGE } from '../support/product-catalogue.ts';
import { openRuntime, TENANT, withStatus } from '../support/runtime-fixture.ts';
import { temporaryFile } from '../support/temporary-file.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { editAt, type Place, placesOf } from './support/contract-places.ts';

const BRAND = { tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME } as const;
const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1', version: 1, payload: LAMP } as const;
const PAGE = { tenantId: TENANT, entityKey: 'product#P1', version: 1, viewRef: PRODUCT_PAGE } as const;

/** Where a contract lists what it is willing to be: every object whose keys are fixed. */
const STRICT_PLACES = PRODUCT_CATALOGUE.flatMap((contract, index) =>
  placesOf(contract)
    .filter(({ value, pointer }) => isObject(value) && !isNamedByAuthor(`${pointer}/`))
    .map((place) => ({ contract: index, ...place })),
);

const ENUM_NAMES = ['status', 'onNoMatch', 'cardinality', 'missing', 'normalize', 'missingPolicy', 'versionRule'];
const ENUM_PLACES = PRODUCT_CATALOGUE.flatMap((contract, index) =>
  placesOf(contract)
    .filter(({ pointer }) => !isNamedByAuthor(pointer) && ENUM_NAMES.includes(lastToken(pointer)))
    .map((place) => ({ contract: index, ...place })),
);

const REF_NAMES = [
  'schemaRef',
  'ruleSetRef',
  'fromSlice',
  'requiredSlices/0',
  'optionalSlices/0',
  'joins/0',
  'slices/0',
];
const REF_PLACES = PRODUCT_CATALOGUE.flatMap((contract, index) =>
  placesOf(contract)
    .filter(({ value, pointer }) => typeof value === 'string' && REF_NAMES.some((name) => pointer.endsWith(`/${name}`)))
    .map((place) => ({ contract: index, ...place })),
);

describe('L1: contract is law', () => {
  it(
    'an unknown key is refused, wherever it stands, with its contract, its place and the reason',
    async () => {
      const key = fc.string({ minLength: 1, maxLength: 8 }).map((text) => `zz ${text}`);
      await assertLaw(
        fc.asyncProperty(fc.constantFrom(...STRICT_PLACES), key, fc.jsonValue(), async (place, name, value) => {
          // The place was chosen because an object is there, and fc.jsonValue() draws JSON values.
          const contracts = edited(place, (object) => ({ ...(object as JsonObject), [name]: value as JsonValue }));
          const pointer = `${place.pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
          await expectRefusal(contracts, place.contract, { pointer, found: /the unknown key/ });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'an unknown enum value is refused with its place and the values that are known',
    async () => {
      const value = fc.oneof(
        fc.string().map((text) => `zz${text}`),
        fc.constantFrom<JsonValue>(null, 7, true, ''),
      );
      await assertLaw(
        fc.asyncProperty(fc.constantFrom(...ENUM_PLACES), value, async (place, wrong) => {
          const contracts = edited(place, () => wrong);
          await expectRefusal(contracts, place.contract, { pointer: place.pointer, found: /.+/ });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'a name that refers to nothing is refused before anything is stored',
    async () => {
      const name = fc.string({ unit: 'grapheme-ascii', maxLength: 6 }).map((text) => `ZZ_${text}`);
      const ref = fc.nat(99).map((patch) => `nowhere@9.9.${patch}`);
      await assertLaw(
        fc.asyncProperty(fc.constantFrom(...REF_PLACES), name, ref, async (place, wrongName, wrongRef) => {
          const wrong = place.pointer.endsWith('Ref') ? wrongRef : wrongName;
          const contracts = edited(place, () => wrong);
          const store = createTestStore();
          const refusal = await firstRefusal(openRuntime(contracts, { store }));
          expect(refusal).toMatchObject({ category: 'ContractError', retryable: false });
          expect(messageOf(refusal)).toContain(
            place.pointer.endsWith('Ref') ? wrongRef : JSON.stringify(wrong).slice(1, 4),
          );
          await expectNothingSlicedBy(store, place.contract);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  const UNUSABLE: readonly { readonly status: string; readonly code: string }[] = [
    { status: 'DRAFT', code: 'contract.not_active' },
    { status: 'ARCHIVED', code: 'contract.not_active' },
    { status: 'DEPRECATED', code: 'contract.deprecated' },
  ];
  const SUBJECTS = [
    {
      kind: 'Schema',
      id: 'product',
      call: (runtime: Runtime) => runtime.insertRawdata({ ...PRODUCT, schemaRef: 'product@2.1.0' }),
    },
    { kind: 'Schema', id: 'brand', call: sliceProduct },
    { kind: 'RuleSet', id: 'product-core', call: sliceProduct },
    { kind: 'RuleSet', id: 'product-core', call: (runtime: Runtime) => runtime.queryView(PAGE) },
    { kind: 'View', id: 'product-page', call: (runtime: Runtime) => runtime.queryView(PAGE) },
  ];
  it.each(UNUSABLE.flatMap((row) => SUBJECTS.map((subject) => ({ ...row, ...subject }))))(
    '$status $kind $id: $code when it is used, and nothing is written',
    async ({ status, code, kind, id, call }) => {
      const inner = createTestStore();
      const before = openRuntime(PRODUCT_CATALOGUE, { store: inner });
      await before.insertRawdata({ ...PRODUCT, entityKey: 'product#SLICED_LATER' });
      await before.ingest(BRAND);
      const store = countingStore(inner);
      const contracts = withStatus(
        PRODUCT_CATALOGUE,
        status,
        (contract) => contract['kind'] === kind && contract['id'] === id,
      );
      await expect(call(openRuntime(contracts, { store }))).rejects.toMatchObject({ code, category: 'ContractError' });
      expect(store.sequence.filter((method) => method !== 'batchGet' && method !== 'range')).toEqual([]);
    },
  );

  it('a DRAFT that was refused binds nobody: it may change before it is published', async () => {
    const store = createTestStore();
    const drafts = PRODUCT_CATALOGUE;
    const isSource = (contract: JsonObject) => contract['kind'] === 'Schema' && contract['id'] === 'brand';
    const before = openRuntime(withStatus(drafts, 'DRAFT', isSource), { store });
    await expect(before.ingest(PRODUCT)).resolves.toMatchObject({ slicing: 'refused' });
    await expect(
      before.slicing({ ...PRODUCT, ruleSetRef: 'product-core@1.3.0', mode: 'FULL_REBUILD' }),
    ).rejects.toMatchObject({ code: 'contract.not_active' });
    const published = drafts.map((contract) => (isSource(contract) ? { ...contract, description: 'done' } : contract));
    const after = openRuntime(published, { store });
    await after.ingest(BRAND);
    await expect(after.ingest(PRODUCT)).resolves.toMatchObject({ slicing: 'settled' });
  });

  it.each([
    { kind: 'Schema', id: 'product', call: (runtime: Runtime) => runtime.ingest({ ...PRODUCT, version: 2 }) },
    { kind: 'Schema', id: 'brand', call: sliceProduct },
    { kind: 'RuleSet', id: 'product-core', call: sliceProduct },
  ])('$kind $id whose content changed since the store first used it is refused', async ({ kind, id, call }) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async (description) => {
        const store = createTestStore();
        const first = openRuntime(PRODUCT_CATALOGUE, { store });
        await first.ingest(BRAND);
        await first.ingest(PRODUCT);
        await first.insertRawdata({ ...PRODUCT, entityKey: 'product#SLICED_LATER' });
        const changed = PRODUCT_CATALOGUE.map((contract) =>
          contract['kind'] === kind && contract['id'] === id ? { ...contract, description } : contract,
        );
        await expect(call(openRuntime(changed, { store }))).rejects.toMatchObject({
          code: 'contract.content_changed',
          category: 'ContractError',
          details: { kind },
        });
      }),
      { numRuns: 20 },
    );
  });

  it('a contract in a file is refused with the file, the line and the path in it', async () => {
    const dir = temporaryFile('contracts');
    mkdirSync(dir);
    for (const contract of PRODUCT_CATALOGUE) {
      const isRules = contract['id'] === 'product-core';
      const document = isRules ? { ...contract, onNoMatsch: 'IGNORE' } : contract;
      writeFileSync(join(dir, `${contract['kind']}-${contract['id']}.json`), JSON.stringify(document, null, 2));
    }
    const refusal = await firstRefusal(openRuntime([], { registry: createFileRegistry({ dir }) }));
    expect(messageOf(refusal)).toMatch(
      /RuleSet-product-core\.json:\d+:\d+ \/onNoMatsch: expected .+ found the unknown key .+onNoMatch/,
    );
  });
});

async function expectRefusal(
  contracts: readonly JsonObject[],
  index: number,
  { pointer, found }: { readonly pointer: string; readonly found: RegExp },
): Promise<void> {
  const store = countingStore(createTestStore());
  const refusal = await firstRefusal(openRuntime(contracts, { store }));
  expect(refusal).toMatchObject({ code: 'contract.invalid', category: 'ContractError', retryable: false });
  // Every refusal of a contract lists its problems.
  const { problems } = (refusal as { details: { problems: readonly Problem[] } }).details;
  expect(problems.map((problem) => problem.pointer)).toContain(pointer);
  expect(problems[0]).toMatchObject({ origin: `object ${index + 1}` });
  expect(problems.find((problem) => problem.pointer === pointer)?.found).toMatch(found);
  expect(messageOf(refusal)).toContain(`object ${index + 1} ${pointer}`);
}

interface Problem {
  readonly pointer: string;
  readonly found: string;
}

/** Whichever of the first calls of a service meets the contract. */
async function firstRefusal(runtime: Runtime): Promise<unknown> {
  try {
    await runtime.ingest(BRAND);
    const { ruleSets } = await runtime.ingest(PRODUCT);
    const refused = ruleSets.find((ruleSet) => ruleSet.outcome === 'refused');
    if (refused !== undefined) return refused.error;
    await runtime.queryView(PAGE);
  } catch (error) {
    return error;
  }
  return null;
}

async function sliceProduct(runtime: Runtime): Promise<unknown> {
  const ruleSetRef = 'product-core@1.3.0';
  const address = { tenantId: TENANT, entityKey: 'product#SLICED_LATER', version: 1 };
  return runtime.slicing({ ...address, ruleSetRef, mode: 'FULL_REBUILD' });
}

/** Nothing is committed under the rule set that could not be linked; a view that is broken stops no commit. */
async function expectNothingSlicedBy(store: Store, contract: number): Promise<void> {
  if (PRODUCT_CATALOGUE[contract]?.['kind'] === 'View') return;
  const runtime = openRuntime(PRODUCT_CATALOGUE, { store });
  const active = { tenantId: TENANT, entityKey: 'product#P1', ruleSetRef: 'product-core@1.3.0' };
  await expect(runtime.activeVersion(active)).resolves.toBeNull();
}

function edited(place: Place & { readonly contract: number }, edit: (value: JsonValue) => JsonValue) {
  return PRODUCT_CATALOGUE.map((contract, index) =>
    index === place.contract ? editAt(contract, place.pointer, edit) : contract,
  );
}

/** Below these, whoever writes the contract names the members. */
function isNamedByAuthor(pointer: string): boolean {
  return /^\/schema\/|\/(fields|joinProjection)\/[^/]*$/.test(pointer) && !/^\/fields\/\d*\/?$/.test(pointer);
}

function lastToken(pointer: string): string {
  return pointer.slice(pointer.lastIndexOf('/') + 1);
}

function isObject(value: JsonValue): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
}
