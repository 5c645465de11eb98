import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { Runtime } from '../../src/flows/runtime/runtime.ts';
import {
  ACME,
  brandJoin,
  LAMP,
  PRODUCT_CATALOGUE,
  PRODUCT_PAGE,
  PRODUCT_RULES,
  productPage,
  productRules,
  productSchema,
} from '../support/product-catalogue.ts';
import { openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';

const PRODUCT = { tenantId: TENANT, entityKey: 'product#P1', version: 1 } as const;
const SLICED = { ...PRODUCT, ruleSetRef: PRODUCT_RULES, mode: 'FULL_REBUILD' } as const;
// The catalogue's schema is an object.
const OPEN_SCHEMA = productSchema({
  schema: { ...(productSchema()['schema'] as JsonObject), additionalProperties: true },
});
const STRICT_PAGE = productPage({ missingPolicy: 'FAIL_CLOSED' });

interface Case {
  readonly what: string;
  readonly code: string;
  readonly contracts: readonly JsonObject[];
  readonly prepare: (runtime: Runtime) => Promise<unknown>;
  /** The call, with more options than there are. */
  readonly call: (runtime: Runtime, options: object) => Promise<unknown>;
  /** The contracts that loosen it; none where nothing does. */
  readonly loosened?: readonly JsonObject[];
}

const WITHOUT_BRAND: JsonObject = { title: 'Lamp', price: 20 };

const CASES: readonly Case[] = [
  {
    what: 'a join whose source is not there',
    code: 'join.source_missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: (runtime) => runtime.insertRawdata({ ...PRODUCT, payload: LAMP }),
    call: (runtime, options) => runtime.slicing({ ...options, ...SLICED }, options),
    loosened: replaced(productRules({ joins: [brandJoin({ missing: 'NULL_FIELDS' })] })),
  },
  {
    what: 'a join whose key the payload does not have',
    code: 'join.key_absent',
    contracts: replaced(withoutCondition()),
    prepare: (runtime) => runtime.insertRawdata({ ...PRODUCT, payload: WITHOUT_BRAND }),
    call: (runtime, options) => runtime.slicing({ ...options, ...SLICED }, options),
    loosened: replaced(withoutCondition({ keyAbsent: 'TOMBSTONE' })),
  },
  {
    what: 'a changed path that no impact entry matches',
    code: 'changeset.no_match',
    contracts: replaced(OPEN_SCHEMA),
    prepare: async (runtime) => {
      await runtime.insertRawdata({ ...PRODUCT, payload: WITHOUT_BRAND });
      await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { ...WITHOUT_BRAND, unheard: 1 } });
    },
    call: (runtime, options) =>
      runtime.createChangeSet(
        { ...options, ...PRODUCT, ruleSetRef: PRODUCT_RULES, fromVersion: 1, toVersion: 2 },
        options,
      ),
    loosened: replaced(OPEN_SCHEMA, productRules({ onNoMatch: 'FULL_REBUILD' })),
  },
  {
    what: 'a view of a version that was not sliced',
    code: 'manifest.missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: (runtime) => runtime.insertRawdata({ ...PRODUCT, payload: WITHOUT_BRAND }),
    call: (runtime, options) => runtime.queryView({ ...options, ...PRODUCT, viewRef: PRODUCT_PAGE }, options),
  },
  {
    what: 'a view whose optional slice is a tombstone under FAIL_CLOSED',
    code: 'view.slice_missing',
    contracts: replaced(STRICT_PAGE),
    prepare: (runtime) => runtime.ingest({ ...PRODUCT, payload: WITHOUT_BRAND }),
    call: (runtime, options) => runtime.queryView({ ...options, ...PRODUCT, viewRef: PRODUCT_PAGE }, options),
    loosened: PRODUCT_CATALOGUE,
  },
  {
    what: 'a view whose required slice is a tombstone under PARTIAL_ALLOWED',
    code: 'view.slice_missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: (runtime) => runtime.ingest({ ...PRODUCT, payload: { title: 'Lamp' } }),
    call: (runtime, options) => runtime.queryView({ ...options, ...PRODUCT, viewRef: PRODUCT_PAGE }, options),
    loosened: replaced(productPage({ partialPolicy: { optionalOnly: false } })),
  },
  {
    what: 'a slicing of a version that was not inserted',
    code: 'rawdata.missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: () => Promise.resolve(),
    call: (runtime, options) => runtime.slicing({ ...options, ...SLICED }, options),
  },
  {
    what: 'an INCREMENTAL slicing without its ChangeSet',
    code: 'changeset.missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: async (runtime) => {
      await runtime.insertRawdata({ ...PRODUCT, payload: WITHOUT_BRAND });
      await runtime.insertRawdata({ ...PRODUCT, version: 2, payload: { title: 'Lamp 2' } });
    },
    call: (runtime, options) =>
      runtime.slicing({ ...options, ...SLICED, mode: 'INCREMENTAL', version: 2, fromVersion: 1 }, options),
  },
  {
    what: 'a ChangeSet of versions that are not there',
    code: 'rawdata.missing',
    contracts: PRODUCT_CATALOGUE,
    prepare: () => Promise.resolve(),
    call: (runtime, options) =>
      runtime.createChangeSet(
        { ...options, ...PRODUCT, ruleSetRef: PRODUCT_RULES, fromVersion: 1, toVersion: 2 },
        options,
      ),
  },
  {
    what: 'a contract that nobody has',
    code: 'contract.unknown',
    contracts: [],
    prepare: () => Promise.resolve(),
    call: (runtime, options) => runtime.queryView({ ...options, ...PRODUCT, viewRef: PRODUCT_PAGE }, options),
  },
];

/** What a caller in a hurry might try. */
const TEMPTATIONS = [
  'missing',
  'missingPolicy',
  'keyAbsent',
  'onNoMatch',
  'optionalOnly',
  'partialPolicy',
  'fallbackPolicy',
  'allowDeprecated',
  'allowPartial',
  'force',
  'strict',
  'ignoreMissing',
];

describe('L9: fail closed', () => {
  it.each(CASES)(
    '$what: $code, whatever options a call brings',
    async ({ contracts, prepare, call, code }) => {
      const runtime = openRuntime(contracts, { store: createTestStore() });
      await prepare(runtime);
      const value = fc.constantFrom(
        'IGNORE',
        'PARTIAL_ALLOWED',
        'NULL_FIELDS',
        'TOMBSTONE',
        'DEFAULT_VALUE',
        true,
        false,
      );
      const options = fc.dictionary(fc.constantFrom(...TEMPTATIONS), value, { noNullPrototype: true });
      await assertLaw(
        fc.asyncProperty(options, async (tried) => {
          await expect(call(runtime, tried)).rejects.toMatchObject({ code, retryable: false });
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it.each(CASES.filter((row) => row.loosened !== undefined))(
    '$what: a contract may loosen it',
    async ({ loosened = [], prepare, call }) => {
      const runtime = openRuntime(loosened);
      await prepare(runtime);
      await expect(call(runtime, {})).resolves.toBeDefined();
    },
  );

  it('a version whose slicing was refused keeps the last commit readable, and says so', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    await runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
    await runtime.ingest({ ...PRODUCT, payload: LAMP });
    const refused = await runtime.ingest({ ...PRODUCT, version: 2, payload: { ...LAMP, brand_id: 'NOBODY' } });
    expect(refused).toMatchObject({ outcome: 'inserted', slicing: 'refused' });
    const view = await runtime.queryView({ ...PRODUCT, version: 'active', viewRef: PRODUCT_PAGE });
    expect(view.meta).toMatchObject({
      version: 1,
      behind: { newestVersion: 2, state: 'FAILED', reason: { code: 'join.source_missing' } },
    });
  });
});

/** The catalogue with some contracts in place of those of the same kind and ref. */
function replaced(...others: readonly JsonObject[]): readonly JsonObject[] {
  const nameOf = ({ kind, id, version }: JsonObject) => `${kind} ${id}@${version}`;
  return PRODUCT_CATALOGUE.map((contract) => others.find((other) => nameOf(other) === nameOf(contract)) ?? contract);
}

/** Rules whose joined slice is wanted for every product. */
function withoutCondition(join: JsonObject = {}): JsonObject {
  const rules = productRules({ joins: [brandJoin(join)] });
  // The catalogue's slices are a list of objects.
  const slices = (rules['slices'] as readonly JsonObject[]).map(({ when, ...slice }) =>
    slice['type'] === 'PRODUCT_BRAND' ? slice : { ...slice, ...(when !== undefined && { when }) },
  );
  return { ...rules, slices };
}
