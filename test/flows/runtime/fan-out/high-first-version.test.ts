import { describe, expect, it } from 'vitest';
import { countingStore } from '../../../support/counting-store.ts';
import { TENANT } from '../../../support/runtime-fixture.ts';
import { brandNamed, ofBrand, openShop, shopContracts } from '../../../support/shop.ts';
import { createTestStore } from '../../../support/test-store.ts';

describe('what comes from a system that does not begin at version 1', () => {
  it('is followed at no other cost than what begins a little above it', async () => {
    const calls = await Promise.all([1_000, 5_000_000].map(callsOfFirstVersion));
    expect(calls[1]).toBe(calls[0]);
  });

  it('and is deleted again is judged at no other cost either', async () => {
    const calls = await Promise.all([1_000, 5_000_000].map(callsOfDeletion));
    expect(calls[1]).toBe(calls[0]);
  });
});

async function callsOfFirstVersion(version: number): Promise<number> {
  const store = countingStore(createTestStore());
  const shop = openShop({ store });
  await shop.ingest('product#P1', ofBrand('ACME'));
  store.reset();
  await shop.runtime.ingest({ tenantId: TENANT, entityKey: 'brand#ACME', version, payload: brandNamed('Acme') });
  return store.sequence.length;
}

/** The parent pinned nothing, and finds nothing: what lies in between has to be looked at. */
async function callsOfDeletion(version: number): Promise<number> {
  const store = countingStore(createTestStore());
  const shop = openShop({ store, contracts: shopContracts({ missing: 'NULL_FIELDS' }) });
  await shop.ingest('product#P1', ofBrand('ACME'));
  const brand = { tenantId: TENANT, entityKey: 'brand#ACME' };
  await shop.runtime.insertRawdata({ ...brand, version, payload: brandNamed('Acme') });
  store.reset();
  await shop.runtime.ingest({ ...brand, version: version + 1, deleted: true });
  return store.sequence.length;
}
