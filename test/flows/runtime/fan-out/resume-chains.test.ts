/** Entities that are joined and join others themselves: one may be sliced by another's fan-out before its own turn. */
import { describe, expect, it } from 'vitest';
import type { Runtime } from '../../../../src/flows/runtime/runtime.ts';
import { CATEGORY_RULES, retailContracts } from '../../../support/retail-contracts.ts';
import { openRuntime, TENANT } from '../../../support/runtime-fixture.ts';
import type { Content } from '../../../support/shop.ts';

/** More than resume has under way and has read ahead, so that the chain's end is looked for behind its beginning. */
const OTHERS = Array.from({ length: 300 }, (_, index) => `m${String(index).padStart(3, '0')}`);

describe('one resume follows a chain to its end', () => {
  it('where the link was sliced by the fan-out of the one above it', async () => {
    const runtime = await chainOf('NULL_FIELDS');
    await changeAll(runtime, { a: categoryOf('a2'), x: categoryOf('x2', 'a') });
    await runtime.resume({ tenantId: TENANT });
    expect(await parentNameOf(runtime, 'y')).toBe('x2');
    expect(await owing(runtime)).toEqual([]);
  });

  it('where the link was refused by the fan-out of the one above it', async () => {
    const runtime = await chainOf('FAIL_CLOSED');
    await changeAll(runtime, { a: null, x: categoryOf('x2', 'a') });
    await runtime.resume({ tenantId: TENANT });
    expect(await parentNameOf(runtime, 'y')).toBe('x2');
    expect(await owing(runtime)).toMatchObject([{ entityKey: keyOf('x'), state: 'FAILED', fannedOutTo: 2 }]);
  });

  it('and counts each entity once', async () => {
    const runtime = await chainOf('NULL_FIELDS');
    await changeAll(runtime, { a: categoryOf('a2'), x: categoryOf('x2', 'a') });
    const { entities, fannedOut, fanOutOwed } = await runtime.resume({ tenantId: TENANT });
    expect({ entities, fannedOut, fanOutOwed }).toEqual({
      entities: OTHERS.length + 2,
      fannedOut: OTHERS.length + 2,
      fanOutOwed: 0,
    });
  });
});

describe('an entity that joins', () => {
  it('itself follows itself, once', async () => {
    const runtime = openRuntime(retailContracts('FAIL_CLOSED'));
    const ingest = (version: number, name: string) =>
      runtime.ingest({ tenantId: TENANT, entityKey: keyOf('a'), version, payload: categoryOf(name, 'a') });
    await ingest(1, 'one');
    expect((await ingest(2, 'two')).fanOut).toMatchObject({ outcome: 'settled', revised: 0, sliced: 0, refused: 0 });
    expect(await parentNameOf(runtime, 'a')).toBe('two');
    expect(await owing(runtime)).toEqual([]);
  });

  it('one that joins it follows it, and is followed', async () => {
    const runtime = openRuntime(retailContracts('NULL_FIELDS'));
    const ingest = (version: number, id: string, parentId: string) =>
      runtime.ingest({
        tenantId: TENANT,
        entityKey: keyOf(id),
        version,
        payload: categoryOf(`${id}${version}`, parentId),
      });
    for (const version of [1, 2])
      for (const [id, parent] of [
        ['a', 'b'],
        ['b', 'a'],
      ] as const)
        await ingest(version, id, parent);
    expect([await parentNameOf(runtime, 'a'), await parentNameOf(runtime, 'b')]).toEqual(['b2', 'a2']);
    expect(await owing(runtime)).toEqual([]);
  });
});

/** `a` is the parent of `x`, which is that of `y`; the others stand alone. All are sliced. */
async function chainOf(missing: string): Promise<Runtime> {
  const runtime = openRuntime(retailContracts(missing));
  for (const [id, parent] of [['a'], ['x', 'a'], ['y', 'x'], ...OTHERS.map((other) => [other])] as const) {
    const input = { tenantId: TENANT, entityKey: keyOf(id ?? ''), version: 1, payload: categoryOf(`${id}1`, parent) };
    await runtime.ingest(input);
  }
  return runtime;
}

/** Only inserted: who follows is owed. */
async function changeAll(runtime: Runtime, changed: Readonly<Record<string, Content>>): Promise<void> {
  const others = OTHERS.map((id): [string, Content] => [id, categoryOf(`${id} again`)]);
  for (const [id, content] of [...Object.entries(changed), ...others]) {
    const address = { tenantId: TENANT, entityKey: keyOf(id), version: 2 };
    await runtime.insertRawdata(content === null ? { ...address, deleted: true } : { ...address, payload: content });
  }
}

function categoryOf(name: string, parentId?: string) {
  const own = { id: name, name, path_names: [name], sub_category_ids: [] };
  return parentId === undefined ? own : { ...own, parent_id: parentId };
}

function keyOf(id: string): string {
  return `retail-category#${id}`;
}

async function parentNameOf(runtime: Runtime, id: string) {
  const address = { tenantId: TENANT, entityKey: keyOf(id), ruleSetRef: CATEGORY_RULES };
  const { slices } = await runtime.explain({ ...address, version: 'active', sliceType: 'CATEGORY_PARENT' });
  return slices[0]?.payload?.['parent_name'];
}

async function owing(runtime: Runtime) {
  const states = ['FAILED', 'BUILDING', 'IDLE', 'READY'] as const;
  const pages = await Promise.all(states.map((state) => runtime.listByState({ tenantId: TENANT, state })));
  return pages.flatMap(({ items }) => items);
}
