/** An ingest ends with the fan-out of what it changed, and says what became of it; resume pays what it left. */
import { describe, expect, it } from 'vitest';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, brandSliceJoin, ofBrand, openShop, type Shop, shopContracts } from '../../../support/shop.ts';

const ACME = 'brand#ACME';
const NOBODY = { outcome: 'settled', revised: 0, sliced: 0, cutOff: 0, refused: 0 };

describe('an ingest says of those that join the entity', () => {
  it('that there are none', async () => {
    const shop = openShop();
    expect((await shop.ingest(ACME, brandNamed('Acme'))).fanOut).toEqual(NOBODY);
    expect((await shop.ingest('product#P1', ofBrand('ACME'))).fanOut).toEqual(NOBODY);
  });

  it('how many follow by a revision', async () => {
    const shop = await openWith(2);
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toEqual({ ...NOBODY, revised: 2 });
  });

  it('how many are sliced that were owed', async () => {
    const shop = await openWith(2);
    await shop.insert('product#P1', ofBrand('ACME', { title: 'New' }));
    expect((await shop.ingest(ACME, brandNamed('Apex'))).fanOut).toEqual({ ...NOBODY, revised: 1, sliced: 1 });
  });

  it('how many are refused', async () => {
    const shop = await openWith(2);
    expect((await shop.ingest(ACME, null)).fanOut).toEqual({ ...NOBODY, refused: 2 });
  });

  it('nothing again where the same content comes in again', async () => {
    const shop = await openWith(2);
    await shop.ingest(ACME, brandNamed('Apex'));
    const again = await shop.ingest(ACME, brandNamed('Apex'));
    expect(again).toMatchObject({ outcome: 'unchanged', fanOut: NOBODY });
  });

  it('what the same call before it left owed', async () => {
    const shop = await openWith(2);
    await shop.insert(ACME, brandNamed('Apex'));
    const again = await shop.ingest(ACME, brandNamed('Apex'));
    expect(again).toMatchObject({ outcome: 'unchanged', fanOut: { ...NOBODY, revised: 2 } });
  });

  it('that they stay owed where its contract bounds them, and why', async () => {
    const shop = await openWith(3, { maxFanout: 2 });
    const { outcome, slicing, fanOut } = await shop.ingest(ACME, brandNamed('Apex'));
    expect({ outcome, slicing }).toEqual({ outcome: 'inserted', slicing: 'settled' });
    expect(fanOut).toMatchObject({ ...NOBODY, outcome: 'owed', error: { code: 'fan_out.too_large' } });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1 });
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Acme' });
  });

  it('that a version that was overtaken leaves them to the newer one', async () => {
    const shop = await openWith(1);
    for (const name of ['Apex', 'Zenith']) await shop.insert(ACME, brandNamed(name));
    const input = { tenantId: TENANT, entityKey: ACME, version: 2, payload: brandNamed('Apex') };
    expect((await shop.runtime.ingest(input)).fanOut).toEqual({ ...NOBODY, outcome: 'owed' });
    expect(await shop.commitsOf('product#P1')).toEqual([[1, 0]]);
  });

  it('in one batch as in single calls', async () => {
    const shop = await openWith(1);
    const names = ['Apex', 'Zenith', 'Apex'];
    const items = names.map((name, index) => ({
      tenantId: TENANT,
      entityKey: ACME,
      version: index + 2,
      payload: brandNamed(name),
    }));
    for await (const outcome of shop.runtime.batch.ingest(items)) {
      expect(outcome).toMatchObject({ ok: true, result: { fanOut: { ...NOBODY, revised: 1 } } });
    }
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Apex' });
  });
});

describe('resume', () => {
  it('pays the fan-outs that are owed, once', async () => {
    const shop = await openWith(2);
    await shop.insert(ACME, brandNamed('Apex'));
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 1, fanOutOwed: 0 });
    expect(await shop.brandOf('product#P2')).toEqual({ name: 'Apex' });
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ entities: 0, fannedOut: 0 });
  });

  it('heals, by the fan-out of a source that was only inserted, those who were refused for it', async () => {
    const shop = openShop();
    await shop.ingest('product#P1', ofBrand('ACME'));
    await shop.insert(ACME, brandNamed('Acme'));
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 1 });
    expect(await shop.statusOf('product#P1')).toMatchObject({ state: 'ACTIVE' });
  });

  it('counts a fan-out that its contract bounds, and leaves it owed', async () => {
    const shop = await openWith(3, { maxFanout: 2 });
    await shop.ingest(ACME, brandNamed('Apex'));
    expect(await shop.runtime.resume({ tenantId: TENANT })).toMatchObject({ fannedOut: 0, fanOutOwed: 1 });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'READY', fannedOutTo: 1 });
  });

  it('follows a slice of a source that was only inserted', async () => {
    const shop = await openWith(2, brandSliceJoin());
    await shop.insert(ACME, brandNamed('Apex'));
    await shop.runtime.resume({ tenantId: TENANT });
    expect(await shop.brandOf('product#P1')).toEqual({ name: 'Apex' });
    expect(await shop.statusOf(ACME)).toMatchObject({ state: 'ACTIVE' });
  });

  it('brings an insert-only load of all to where single ingests would have brought it', async () => {
    const [loaded, followed] = [openShop(), openShop()];
    for (const key of ['product#P1', 'product#P2']) await loaded.insert(key, ofBrand('ACME'));
    for (const name of ['Acme', 'Apex']) await loaded.insert(ACME, brandNamed(name));
    await loaded.runtime.resume({ tenantId: TENANT });
    for (const name of ['Acme', 'Apex']) await followed.ingest(ACME, brandNamed(name));
    for (const key of ['product#P1', 'product#P2']) await followed.ingest(key, ofBrand('ACME'));
    for (const key of ['product#P1', 'product#P2']) {
      expect(await loaded.statusOf(key)).toMatchObject({ state: 'ACTIVE' });
      expect(await loaded.brandOf(key)).toEqual(await followed.brandOf(key));
    }
  });
});

/** So many products of brand ACME. */
async function openWith(count: number, join = {}): Promise<Shop> {
  const shop = openShop({ contracts: shopContracts(join) });
  await shop.ingest(ACME, brandNamed('Acme'));
  for (let id = 1; id <= count; id += 1) await shop.ingest(`product#P${id}`, ofBrand('ACME'));
  return shop;
}
