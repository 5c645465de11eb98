import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSlicewiseError } from '../../src/domain/errors.ts';
import type { CommitChange, InsertChange, OnceRecord, Store } from '../../src/ports/store.ts';
import { worldOf } from '../support/arbitraries/worlds.ts';
import { countingStore } from '../support/counting-store.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, PRODUCT_RULES, productSchema } from '../support/product-catalogue.ts';
import { inputOf, openRuntime, TENANT } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { wrapStore } from '../support/wrap-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';
import { canonicalFormOf, canonicalTextOf } from './support/oracle-values.ts';

describe('L2: same key, same hash', () => {
  it(
    'the same content again changes nothing and says so; other content under the same key is refused at once',
    async () => {
      await assertLaw(
        fc.asyncProperty(worldOf({ hasJoins: false, steps: 5 }), fc.nat(), async (world, chosen) => {
          const store = countingStore(createTestStore());
          const runtime = openRuntime(world.contracts, { store });
          const first = [];
          for (const step of world.steps) first.push(await runtime.ingest(inputOf(step)));
          store.reset();
          for (const [index, step] of world.steps.entries()) {
            const again = await runtime.insertRawdata(inputOf(step));
            expect(again).toMatchObject({
              outcome: 'unchanged',
              rawHash: first[index]?.rawHash,
              version: step.version,
            });
          }
          expect(store.sequence.filter((method) => method !== 'batchGet')).toEqual([]);
          const at = world.steps[chosen % world.steps.length];
          const other = world.steps[(chosen + 1) % world.steps.length];
          if (at === undefined || other === undefined || kindOf(at.entityKey) !== kindOf(other.entityKey)) return;
          const model = kindOf(at.entityKey) === 'product' ? world.product.schema : world.brand.schema;
          const textOf = (payload: typeof at.payload) =>
            payload === null ? 'null' : canonicalTextOf(canonicalFormOf(model, payload));
          if (textOf(at.payload) === textOf(other.payload)) return;
          store.reset();
          await expect(runtime.insertRawdata({ ...inputOf({ ...at, payload: other.payload }) })).rejects.toMatchObject({
            code: 'rawdata.content_conflict',
            category: 'InvariantViolation',
            retryable: false,
          });
          // The status says that the version is in; the version itself says with what content.
          expect(store.sequence).toEqual(['batchGet', 'batchGet']);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('the same payload under another version of its schema is other content', async () => {
    const runtime = openRuntime([...PRODUCT_CATALOGUE, productSchema({ version: '2.2.0' })]);
    const address = { tenantId: TENANT, entityKey: 'product#P1', version: 1 };
    await runtime.insertRawdata({ ...address, payload: LAMP, schemaRef: 'product@2.1.0' });
    await expect(
      runtime.insertRawdata({ ...address, payload: LAMP, schemaRef: 'product@2.2.0' }),
    ).rejects.toMatchObject({ code: 'rawdata.content_conflict' });
  });

  it('two schemas whose refs run together in the hash are still two', async () => {
    const schemas = [productSchema({ version: '21.0.0' }), productSchema({ id: 'product2', version: '1.0.0' })];
    const runtime = openRuntime(schemas);
    const insert = (schemaRef: string, version: number) =>
      runtime.insertRawdata({ tenantId: TENANT, entityKey: 'product#P1', version, payload: LAMP, schemaRef });
    const first = await insert('product@21.0.0', 1);
    await expect(insert('product2@1.0.0', 1)).rejects.toMatchObject({ code: 'rawdata.content_conflict' });
    await expect(insert('product2@1.0.0', 2)).resolves.toMatchObject({ outcome: 'inserted', rawHash: first.rawHash });
  });

  it('a deleted version and a payload are other content to each other', async () => {
    const runtime = openRuntime(PRODUCT_CATALOGUE);
    const address = { tenantId: TENANT, entityKey: 'product#P1', version: 1 };
    await runtime.insertRawdata({ ...address, deleted: true });
    await expect(runtime.insertRawdata({ ...address, payload: LAMP })).rejects.toMatchObject({
      code: 'rawdata.content_conflict',
    });
    await expect(runtime.insertRawdata({ ...address, deleted: true })).resolves.toMatchObject({ outcome: 'unchanged' });
  });

  const TAMPERINGS: readonly {
    readonly what: string;
    readonly tamper: (store: Store) => Store;
    readonly code: string;
  }[] = [
    { what: "a committed slice's hash", tamper: withOtherSliceHash, code: 'slice.hash_mismatch' },
    { what: "a pin's projection", tamper: withOtherPin, code: 'slicing.pins_mismatch' },
    { what: "a ChangeSet's hash", tamper: withOtherChangeSetHash, code: 'changeset.content_conflict' },
    { what: 'the bytes of RawData', tamper: withOtherBytes, code: 'rawdata.corrupt' },
  ];

  it.each(TAMPERINGS)(
    '$what that was altered in the store is met once, and never retried',
    async ({ tamper, code }) => {
      const inner = createTestStore();
      const altering = openRuntime(PRODUCT_CATALOGUE, { store: tamper(inner) });
      await altering.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version: 1, payload: ACME });
      const product = { tenantId: TENANT, entityKey: 'product#P1', version: 1, ruleSetRef: PRODUCT_RULES } as const;
      await altering.ingest({ ...product, payload: LAMP }).catch(isSlicewiseError);

      const waits: number[] = [];
      const retry = { wait: async (delayMs: number) => void waits.push(delayMs) };
      const runtime = openRuntime(PRODUCT_CATALOGUE, { store: inner, retry });
      const again = async () => {
        await runtime.createChangeSet({ ...product, fromVersion: 0, toVersion: 1 });
        await runtime.slicing({ ...product, mode: 'FULL_REBUILD' });
      };
      await expect(again()).rejects.toMatchObject({ code, category: 'InvariantViolation', retryable: false });
      expect(waits).toEqual([]);
    },
  );
});

const OTHER_HASH = `sha256:${'0'.repeat(64)}`;

function withOtherSliceHash(inner: Store): Store {
  return onCommit(inner, ({ slices }) => ({ slices: { ...slices, PRODUCT_PRICE: OTHER_HASH } }));
}

function withOtherPin(inner: Store): Store {
  return onCommit(inner, ({ pins }) => ({
    pins: Object.fromEntries(Object.entries(pins).map(([name, pin]) => [name, { ...pin, projectionHash: OTHER_HASH }])),
  }));
}

function onCommit(inner: Store, alter: (manifest: CommitChange['manifest']) => object): Store {
  return wrapStore(inner, (method, args, call) => {
    if (method !== 'commit') return call();
    // `commit` takes one CommitChange; what comes out has its shape and wrong content, which is the point.
    const change = args[0] as CommitChange;
    const manifest = { ...change.manifest, ...alter(change.manifest) };
    const head =
      change.head.move === 'stay' ? change.head : { ...change.head, next: { ...change.head.next, manifest } };
    return inner.commit({ manifest, head } as CommitChange);
  });
}

function withOtherChangeSetHash(inner: Store): Store {
  return wrapStore(inner, (method, args, call) => {
    if (method !== 'putOnce') return call();
    // `putOnce` takes a list of records.
    const records = (args[0] as readonly OnceRecord[]).map((record) =>
      record.kind === 'change-set' ? { ...record, changesetHash: OTHER_HASH } : record,
    );
    return inner.putOnce(records as readonly OnceRecord[]);
  });
}

function withOtherBytes(inner: Store): Store {
  return wrapStore(inner, (method, args, call) => {
    if (method !== 'insert') return call();
    // `insert` takes one InsertChange.
    const change = args[0] as InsertChange;
    if (!change.rawData.entityKey.startsWith('product#')) return call();
    const body = { kind: 'inline', bytes: Buffer.from('{"title":"Chair"}') } as const;
    return inner.insert({ ...change, rawData: { ...change.rawData, body } });
  });
}

function kindOf(entityKey: string): string {
  return entityKey.slice(0, entityKey.indexOf('#'));
}
