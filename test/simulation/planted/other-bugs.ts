import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { isSlicewiseError, SlicewiseError } from '../../../src/domain/errors.ts';
import type { RawDataBody } from '../../../src/domain/records.ts';
import type { RecordKey, RecordsOf, Store, StoredRecord } from '../../../src/ports/store.ts';
import type { PlantedBug } from './planted-bug.ts';

export const OTHER_BUGS: readonly PlantedBug[] = [
  {
    name: 'an answer that was lost is taken for a failure, and the content sent as the next version once more',
    breaks: /^L12 what was sent once is in once$/,
    alterRuntime: (runtime) => ({
      ...runtime,
      ingest: (input) => forgettingTried(runtime.ingest(input)),
      insertRawdata: (input) => forgettingTried(runtime.insertRawdata(input)),
    }),
  },
  {
    name: 'a set goes in unsorted',
    breaks: /^L7 what is in is what was sent, in canonical form$/,
    alterStore: (store) => ({
      ...store,
      insert: ({ rawData, ...change }) =>
        store.insert({ ...change, rawData: { ...rawData, body: reversed(rawData.body) } }),
    }),
  },
  {
    name: 'a list that stands for a set is not sorted',
    breaks: /^L7 a list that stands for a set is sorted$/,
    alterStore: (store) => ({
      ...store,
      putOnce: (records) =>
        store.putOnce(
          records.map((record) =>
            record.kind === 'change-set' ? { ...record, changedPaths: record.changedPaths.toReversed() } : record,
          ),
        ),
    }),
  },
  {
    name: 'a status that was read once is not read again',
    breaks: /^L3 pins are what the joins resolve to$/,
    alterStore: readingSourcesOnce,
  },
  {
    name: 'who may have joined a source is looked for among all entities',
    breaks: /^L11 nothing is found by a scan$/,
    alterRuntime: (runtime) => ({
      ...runtime,
      planFanOuts: async (input) => {
        const { tenantId } = input;
        await runtime.listEntities({ tenantId });
        return runtime.planFanOuts(input);
      },
    }),
  },
  {
    name: 'a view slices what it does not find',
    breaks: /^L10 a view writes nothing$/,
    alterRuntime: (runtime) => ({
      ...runtime,
      queryView: async (input) => {
        const { tenantId, entityKey, viewRef } = input;
        const ruleSetRef = viewRef.replace('-view@', '@');
        await runtime.slicing({ tenantId, entityKey, version: 1, ruleSetRef, mode: 'FULL_REBUILD' });
        return runtime.queryView(input);
      },
    }),
  },
];

async function forgettingTried<Result>(call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const { category, code, message } = error;
    throw new SlicewiseError({ category, code, message });
  }
}

function reversed(body: RawDataBody): RawDataBody {
  if (body.kind !== 'inline') return body;
  const payload: JsonObject = JSON.parse(Buffer.from(body.bytes).toString());
  const lists = Object.entries(payload).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.toReversed() : value,
  ]);
  return { kind: 'inline', bytes: Buffer.from(JSON.stringify(Object.fromEntries(lists))) };
}

/** Brands are what others join. */
function readingSourcesOnce(store: Store): Store {
  const known = new Map<string, StoredRecord>();
  return {
    ...store,
    batchGet: async <const Keys extends readonly RecordKey[]>(keys: Keys): Promise<RecordsOf<Keys>> => {
      const found: readonly (StoredRecord | undefined)[] = await store.batchGet<readonly RecordKey[]>(keys);
      const answers = found.map((record, index) => {
        const key = keys[index];
        if (key?.kind !== 'status' || keys.length > 1 || !key.entityKey.startsWith('brand#')) return record;
        const before = known.get(key.entityKey) ?? record;
        if (before !== undefined) known.set(key.entityKey, before);
        return before;
      });
      // Each record is of its key's kind; TypeScript does not follow a tuple through a map.
      return answers as RecordsOf<Keys>;
    },
  };
}
