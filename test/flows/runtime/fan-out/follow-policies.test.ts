/**
 * What a parent shows after each change of its source, under every `missing`, version rule and kind of source. What is
 * expected is worked out from the source's history alone.
 */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/canonical/json-value.ts';
import {
  brandNamed,
  brandSliceJoin,
  type Content,
  joinSourcesWith,
  NO_BRAND,
  ofBrand,
  openShop,
  type ShownBrand,
  shopContracts,
} from '../../../support/shop.ts';

const ACME = 'brand#ACME';
const P1 = 'product#P1';

const MISSING = ['FAIL_CLOSED', 'NULL_FIELDS', 'TOMBSTONE'] as const;
type Missing = (typeof MISSING)[number];

/** What happens to the brand: before the product is sliced, and after it. */
const EVENTS: readonly { readonly event: string; readonly before: Content[]; readonly after: Content[] }[] = [
  { event: 'is renamed', before: [brandNamed('Acme')], after: [brandNamed('Apex')] },
  { event: 'is renamed there and back', before: [brandNamed('Acme')], after: [brandNamed('Apex'), brandNamed('Acme')] },
  { event: 'is deleted', before: [brandNamed('Acme')], after: [null] },
  { event: 'is deleted and restored', before: [brandNamed('Acme')], after: [null, brandNamed('Apex')] },
  { event: 'is restored', before: [brandNamed('Acme'), null], after: [brandNamed('Apex')] },
  { event: 'appears late', before: [], after: [brandNamed('Acme'), brandNamed('Apex')] },
  { event: 'appears late and goes', before: [], after: [brandNamed('Acme'), null] },
];

/** The product is at version 2, so that each rule asks for another version of the brand. */
const PRODUCT_VERSION = 2;

const RULES: readonly { readonly rule: string; readonly versionRule: JsonObject | string; readonly asks: Asks }[] = [
  { rule: 'LATEST', versionRule: 'LATEST', asks: (history) => history.at(-1) },
  { rule: 'SAME_VERSION', versionRule: 'SAME_VERSION', asks: (history) => history[PRODUCT_VERSION - 1] },
  { rule: 'PINNED 1', versionRule: { PINNED: 1 }, asks: (history) => history[0] },
];

/** The version of the brand that a rule asks for; `undefined`: there is none. */
type Asks = (history: readonly Content[]) => Content | undefined;

const SOURCES = [
  { source: 'its RawData', joinOf: (versionRule: JsonObject | string) => joinOfRaw(versionRule) },
  { source: 'a slice of it', joinOf: (versionRule: JsonObject | string) => joinOfSlice(versionRule) },
];

const CASES = SOURCES.flatMap((source) =>
  RULES.flatMap((rule) =>
    EVENTS.flatMap((event) => MISSING.map((missing) => ({ ...source, ...rule, ...event, missing }))),
  ),
);

describe('a product whose brand', () => {
  it.each(CASES)('$event, joined from $source under $rule, $missing', async (given) => {
    const shop = openShop({ contracts: shopContracts({ ...given.joinOf(given.versionRule), missing: given.missing }) });
    const history: Content[] = [];
    for (const content of given.before) history.push(await ingested(content));
    await shop.ingest(P1, ofBrand('ACME', { title: 'Old' }));
    await shop.ingest(P1, ofBrand('ACME'));
    for (const content of given.after) {
      const shown = await shop.brandOf(P1);
      history.push(await ingested(content));
      const expected = expectedOf(given.missing, given.asks(history));
      expect(await shop.brandOf(P1)).toEqual(expected === 'refused' ? shown : expected);
      expect((await shop.statusOf(P1)).state).toBe(expected === 'refused' ? 'FAILED' : 'ACTIVE');
      expect((await shop.statusOf(ACME)).state).toBe('ACTIVE');
    }

    async function ingested(content: Content): Promise<Content> {
      await shop.ingest(ACME, content);
      return content;
    }
  });
});

/** Version 1 asks for other versions than version 2, so what is left of it is not always there. */
function expectedOf(missing: Missing, asked: Content | undefined): ShownBrand | 'refused' {
  if (asked) return { name: asked['name'] };
  if (missing === 'NULL_FIELDS') return NO_BRAND;
  return missing === 'TOMBSTONE' ? 'tombstone' : 'refused';
}

describe('a product that names no brand', () => {
  it.each([
    { keyAbsent: 'NULL_FIELDS', shows: NO_BRAND },
    { keyAbsent: 'TOMBSTONE', shows: 'tombstone' },
  ])('follows none under keyAbsent $keyAbsent', async ({ keyAbsent, shows }) => {
    const shop = openShop({ contracts: shopContracts({ keyAbsent }) });
    await shop.ingest(ACME, brandNamed('Acme'));
    await shop.ingest(P1, ofBrand(null));
    for (const content of [brandNamed('Apex'), null, brandNamed('Zenith')]) await shop.ingest(ACME, content);
    expect(await shop.brandOf(P1)).toEqual(shows);
    expect(await shop.commitsOf(P1)).toEqual([[1, 0]]);
  });

  it('stays refused under keyAbsent FAIL_CLOSED, whatever becomes of brands', async () => {
    const shop = openShop({ contracts: shopContracts({ keyAbsent: 'FAIL_CLOSED', missing: 'NULL_FIELDS' }) });
    await shop.ingest(P1, ofBrand(null));
    await shop.ingest(ACME, brandNamed('Acme'));
    expect(await shop.commitsOf(P1)).toEqual([]);
    expect((await shop.statusOf(P1)).state).toBe('FAILED');
  });

  it('but named one before, or names one after, follows just then', async () => {
    const shop = openShop({ contracts: shopContracts({ keyAbsent: 'NULL_FIELDS' }) });
    await shop.ingest(ACME, brandNamed('One'));
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.ingest(ACME, brandNamed('Two'));
    await shop.ingest(P1, ofBrand(null));
    await shop.ingest(ACME, brandNamed('Three'));
    await shop.ingest(P1, ofBrand('ACME'));
    await shop.ingest(ACME, brandNamed('Four'));
    expect(await shop.commitsOf(P1)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
      [3, 0],
      [3, 1],
    ]);
    expect(await shop.brandOf(P1)).toEqual({ name: 'Four' });
  });
});

function joinOfRaw(versionRule: JsonObject | string): JsonObject {
  return { joinSources: joinSourcesWith({ versionRule }) };
}

function joinOfSlice(versionRule: JsonObject | string): JsonObject {
  const join = brandSliceJoin();
  return { ...join, joinSources: { ...(join['joinSources'] as JsonObject), versionRule } };
}
