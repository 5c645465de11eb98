import { describe, expect, it } from 'vitest';
import { planOwed } from '../../../src/cli/fan-out/plan-owed.ts';
import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import { TENANT } from '../../support/runtime-fixture.ts';
import { brandNamed, openShop, type Shop } from '../../support/shop.ts';

const ACME = { tenantId: TENANT, entityKey: 'brand#ACME' };
const { signal } = new AbortController();

describe('a fan-out of what is owed', () => {
  it('is planned up to a version that came in while it was', async () => {
    const shop = await shopWith('Acme');
    const { runtime, statuses } = insertingBehind(shop, 1);
    expect((await planOwed(runtime, ACME, signal))?.changes).toMatchObject([{ fromVersion: 0, toVersion: 2 }]);
    expect(statuses()).toBe(2);
  });

  it('is given up where versions keep coming in', async () => {
    const shop = await shopWith('Acme');
    const { runtime, statuses } = insertingBehind(shop, Number.POSITIVE_INFINITY);
    await expect(planOwed(runtime, ACME, signal)).rejects.toMatchObject({ code: 'fan_out.superseded' });
    expect(statuses()).toBe(20);
  });

  it('is no plan where nothing is', async () => {
    const shop = await shopWith('Acme');
    await shop.runtime.resume({ tenantId: TENANT });
    expect(await planOwed(shop.runtime, ACME, signal)).toBeNull();
  });
});

async function shopWith(name: string): Promise<Shop> {
  const shop = openShop();
  await shop.insert(ACME.entityKey, brandNamed(name));
  return shop;
}

/** A runtime behind whose first answers on the status another version comes in. */
function insertingBehind({ runtime, insert }: Shop, times: number) {
  let statuses = 0;
  const getStatus: Runtime['getStatus'] = async (input, options) => {
    const status = await runtime.getStatus(input, options);
    statuses += 1;
    if (statuses <= times) await insert(ACME.entityKey, brandNamed(`Acme ${statuses}`));
    return status;
  };
  return { runtime: { ...runtime, getStatus }, statuses: () => statuses };
}
