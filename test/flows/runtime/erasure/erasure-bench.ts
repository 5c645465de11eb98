/** People and the orders that join them, with a secret in every place that can hold one. */
import { readFileSync } from 'node:fs';
import { createMemoryPayloadStore } from '../../../../src/adapters/memory/memory-payload-store.ts';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import type { EraseEntityInput } from '../../../../src/flows/runtime/erasure/erasure-calls.ts';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import type { CommitChange, RangeQuery, Store } from '../../../../src/ports/store.ts';
import { SimulatedCrash } from '../../../support/faulty-store.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { contentsOf } from '../../../support/store-contents.ts';
import { wrapStore } from '../../../support/wrap-store.ts';

/** Personal data: nowhere in a store once it is erased. */
export const SECRET = 'Erika-Mustermann';

export const PERSON = { tenantId: TENANT, entityKey: 'person#7' } as const;
export const ORDER = { tenantId: TENANT, entityKey: 'order#1' } as const;
export const PERSON_RULES = 'person-core@1.0.0';
export const ORDER_RULES = 'order-core@1.0.0';
export const PERSON_CARD = 'person-card@1.0.0';
export const ORDER_CARD = 'order-card@1.0.0';

const NAME = { name: { type: 'string' }, city: { type: 'string' }, notes: { type: 'object' } };

export interface BenchOptions {
  /** What an order does without its person. Default `NULL_FIELDS`. */
  readonly missing?: 'NULL_FIELDS' | 'FAIL_CLOSED' | 'TOMBSTONE';
}

export function peopleContracts({ missing = 'NULL_FIELDS' }: BenchOptions = {}): readonly JsonObject[] {
  const contract = (kind: string, id: string, rest: JsonObject): JsonObject => {
    return { kind, id, version: '1.0.0', status: 'ACTIVE', ...rest };
  };
  return [
    contract('Schema', 'person', { entityType: 'person', schema: { type: 'object', properties: NAME } }),
    contract('Schema', 'order', {
      entityType: 'order',
      schema: {
        type: 'object',
        properties: { item: { type: 'string' }, person_id: { type: 'string' } },
        additionalProperties: false,
      },
    }),
    contract('RuleSet', 'person-core', {
      entityType: 'person',
      schemaRef: 'person@1.0.0',
      onNoMatch: 'IGNORE',
      slices: [
        { type: 'PERSON', fields: { name: 'name', notes: 'notes' } },
        { type: 'PLACE', fields: { city: 'city' } },
      ],
      impactMap: [
        { path: 'name', slices: ['PERSON'] },
        { path: 'notes', slices: ['PERSON'] },
        { path: 'city', slices: ['PLACE'] },
      ],
      indexes: [
        {
          type: 'name',
          fromSlice: 'PERSON',
          selector: { path: 'name' },
          indexKey: { format: 'IDX#name#{value}#person' },
        },
      ],
    }),
    contract('RuleSet', 'order-core', {
      entityType: 'order',
      schemaRef: 'order@1.0.0',
      slices: [
        { type: 'ORDER', fields: { item: 'item' } },
        { type: 'BUYER', fields: { item: 'item' }, joins: ['person'] },
      ],
      joins: [
        {
          name: 'person',
          cardinality: 'MANY_TO_ONE',
          joinSources: {
            entityType: 'person',
            schemaRef: 'person@1.0.0',
            keyResolver: { path: 'person_id', format: 'person#{value}' },
            source: 'RAW',
            versionRule: 'LATEST',
          },
          joinProjection: { buyer: 'name' },
          missing,
          joinImpact: [{ path: 'name', slices: ['BUYER'] }],
        },
      ],
      impactMap: [
        { path: 'item', slices: ['ORDER', 'BUYER'] },
        { path: 'person_id', slices: ['BUYER'] },
      ],
      indexes: [
        {
          type: 'buyer',
          fromSlice: 'BUYER',
          selector: { path: 'buyer' },
          indexKey: { format: 'IDX#buyer#{value}#order' },
        },
      ],
    }),
    contract('View', 'person-card', {
      ruleSetRef: PERSON_RULES,
      requiredSlices: ['PERSON'],
      missingPolicy: 'FAIL_CLOSED',
      fields: [{ from: 'PERSON.name', to: 'name' }],
    }),
    contract('View', 'order-card', {
      ruleSetRef: ORDER_RULES,
      requiredSlices: ['ORDER', 'BUYER'],
      missingPolicy: 'FAIL_CLOSED',
      fields: [
        { from: 'ORDER.item', to: 'item' },
        { from: 'BUYER.buyer', to: 'buyer' },
      ],
    }),
  ];
}

/** A person's versions, with the secret in a value, in a member's name, and in a payload that lies outside. */
export const PERSON_VERSIONS: readonly JsonObject[] = [
  { name: SECRET, city: 'Berlin' },
  { name: SECRET, city: 'Bonn', notes: { [SECRET]: 1 } },
  { name: `${SECRET} again`, city: 'Bonn', notes: { [SECRET]: 2, long: `${SECRET} ${'.'.repeat(100_000)}` } },
];

/** An order of theirs that nothing was ever committed of. */
export const LEFT_BEHIND = { tenantId: TENANT, entityKey: 'order#4' } as const;

export const ORDERS = ['order#1', 'order#2', 'order#3'];
export const ERASURE: EraseEntityInput = { ...PERSON, reason: 'asked for in letter 12', by: 'privacy desk' };

export async function fillPeople(runtime: Runtime): Promise<void> {
  await runtime.ingest({ tenantId: TENANT, entityKey: 'person#8', version: 1, payload: { name: 'Otto', city: 'Ulm' } });
  const [first, ...later] = PERSON_VERSIONS;
  await runtime.ingest({ ...PERSON, version: 'next', payload: first ?? {} });
  for (const entityKey of ORDERS) {
    const order = { item: 'book', person_id: entityKey === 'order#3' ? '8' : '7' };
    await runtime.ingest({ tenantId: TENANT, entityKey, version: 1, payload: order });
  }
  // What order#2 joined once is in no index any more.
  await runtime.ingest({
    tenantId: TENANT,
    entityKey: 'order#2',
    version: 2,
    payload: { item: 'book', person_id: '8' },
  });
  for (const payload of later) await runtime.ingest({ ...PERSON, version: 'next', payload });
}

/** Every index key that the contracts have for what is there. */
const INDEX_KEYS = [
  ...[SECRET, `${SECRET} again`, 'Otto'].flatMap((name) => [`IDX#name#${name}#person`, `IDX#buyer#${name}#order`]),
  'IDX#person#7#order',
  'IDX#person#8#order',
];

/** Everything in a store, as one text. */
export async function allOf(store: Store): Promise<string> {
  const ruleSets = ['person-core', 'order-core'].map((id) => ({ id, version: '1.0.0' }));
  const contents = await contentsOf(store, { tenantId: TENANT, ruleSets, indexKeys: INDEX_KEYS });
  const slices = [];
  for (const entityKey of ['person#7', 'person#8', ...ORDERS, LEFT_BEHIND.entityKey]) {
    const query = { range: 'slices', tenantId: TENANT, entityKey, limit: 1_000 } as RangeQuery;
    const page = await store.range(query);
    const keys = page.items.map((slice) => ({ kind: 'slice', ...Object(slice) }));
    slices.push(...(await store.batchGet(keys)).map((slice) => withText(slice)));
  }
  return JSON.stringify({ contents, slices }, null, 1);
}

function withText(slice: unknown): unknown {
  const { payload, ...rest } = Object(slice);
  return { ...rest, payload: payload === null ? null : Buffer.from(payload).toString() };
}

/** A store whose writer dies when it is about to commit an entity: its slices and index entries are there. */
export function dyingAtCommitOf(entityKey: string, inner: Store): Store {
  // One step after the other, also where a store could put them together.
  const { writeTogether, ...stepByStep } = wrapStore(inner, async (method, args, call) => {
    // The first argument of a commit is its change.
    if (method === 'commit' && (args[0] as CommitChange).manifest.entityKey === entityKey) {
      throw new SimulatedCrash(`the commit of ${entityKey}`);
    }
    return call();
  });
  return stepByStep;
}

/** Where the bytes of a secret are still to be found in files. */
export function filesWith(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => readFileSync(path).includes(SECRET));
}

export { createMemoryPayloadStore };
