import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import { referencesOf } from '../../../src/domain/contracts/rule-set-references.ts';
import { formatSelector } from '../../../src/domain/contracts/selector.ts';
import { type Change, indexBrand, inTurn, joinBrandSlice, put } from './bad-contract.ts';
import { compileSample, PRODUCT_RULES, parseAs, SPEC_INDEXES, sampleDrafts } from './sample-contracts.ts';

describe('the rule set of the sketch', () => {
  const { rules } = compileSample(sampleDrafts());

  it('loads, sorted and with its defaults', () => {
    expect(rules.slices.map(({ type, fields, joins }) => [type, fields.map(({ name }) => name), joins])).toEqual([
      ['PRODUCT_BRAND_ENRICHED', ['title'], ['brand']],
      ['PRODUCT_CORE', ['brand_id', 'category_ids', 'status', 'title'], []],
      ['PRODUCT_PRICE', ['price'], []],
      ['PRODUCT_PROMOTION', ['ends_at', 'label'], []],
    ]);
    expect(rules.joins[0]).toMatchObject({
      name: 'brand',
      entityType: 'brand',
      keyPrefix: 'brand#',
      keySuffix: '',
      versionRule: { rule: 'LATEST' },
      missing: 'FAIL_CLOSED',
      keyAbsent: 'FAIL_CLOSED',
      maxFanout: 10_000,
      shards: 1,
      onIndexMissing: 'FAIL_CLOSED',
    });
    expect(rules.indexes).toMatchObject([
      { type: 'category', fromSlice: 'PRODUCT_CORE', normalize: 'none', shards: 1 },
    ]);
    expect(rules.impactMap.find(({ slices }) => slices.length === 0)?.selector.text).toBe('internal_note');
  });

  it('names every contract that it is linked with, itself included', () => {
    expect(rules.contracts.map(({ kind, ref }) => `${kind} ${formatRef(ref)}`)).toEqual([
      'RuleSet product-core@1.3.0',
      'Schema brand@1.0.0',
      'Schema product@2.1.0',
    ]);
  });

  it('loads with every index of rfc-v4-001 §17-5 and §17-8 as written there', () => {
    const drafts = sampleDrafts();
    drafts.rules = parse(PRODUCT_RULES.slice(0, PRODUCT_RULES.indexOf('indexes:')) + SPEC_INDEXES.trimStart());
    expect(compileSample(drafts).rules.indexes.map(({ type }) => type)).toEqual([
      'brand',
      'brand_name',
      'category',
      'status',
    ]);
  });

  it('says what it must be linked with', () => {
    const drafts = sampleDrafts();
    expect(referencesOf(parseAs('RuleSet', drafts.rules))).toEqual({
      schema: 'product@2.1.0',
      joinSchemas: ['brand@1.0.0'],
      joinRuleSets: [],
    });
    joinBrandSlice(drafts);
    expect(referencesOf(parseAs('RuleSet', drafts.rules))).toEqual({
      schema: 'product@2.1.0',
      joinSchemas: [],
      joinRuleSets: ['brand-core@1.0.0'],
    });
  });
});

describe('a rule set may', () => {
  const accepted = (change: Change) => {
    const drafts = sampleDrafts();
    change(drafts);
    return compileSample(drafts).rules;
  };

  it('join a slice type of another rule set', () => {
    const [join] = accepted(joinBrandSlice).joins;
    expect(join?.source).toMatchObject({ kind: 'SLICE', sliceType: 'BRAND_CORE' });
  });

  it('pin a version', () => {
    const [join] = accepted(put('rules', '/joins/0/joinSources/versionRule', { PINNED: 3 })).joins;
    expect(join?.versionRule).toEqual({ rule: 'PINNED', version: 3 });
  });

  it('treat a missing key otherwise than a missing source', () => {
    const [join] = accepted(
      inTurn(put('rules', '/joins/0/missing', 'TOMBSTONE'), put('rules', '/joins/0/keyAbsent', 'NULL_FIELDS')),
    ).joins;
    expect(join).toMatchObject({ missing: 'TOMBSTONE', keyAbsent: 'NULL_FIELDS' });
  });

  it('treat a missing key as a missing source where it does not say', () => {
    const [join] = accepted(put('rules', '/joins/0/missing', 'TOMBSTONE')).joins;
    expect(join?.keyAbsent).toBe('TOMBSTONE');
  });

  it("index a join's key under the join's type", () => {
    expect(accepted(indexBrand({})).indexes).toMatchObject([{ type: 'brand' }]);
  });

  it('cover a closed member by all that is declared in it', () => {
    const impactMap = sampleDrafts().rules.impactMap;
    impactMap.splice(
      4,
      1,
      { path: 'price.amount', slices: ['PRODUCT_PRICE'] },
      { path: 'price.currency', slices: ['PRODUCT_PRICE'] },
    );
    expect(accepted(put('rules', '/impactMap', impactMap)).impactMap).toHaveLength(8);
  });

  it('cover an array by its items', () => {
    const { impactMap } = accepted(put('rules', '/impactMap/2/path', 'category_ids[*]'));
    expect(impactMap.map(({ selector }) => formatSelector(selector.segments))).toContain('category_ids[*]');
  });

  it('hold every kind of condition', () => {
    const when = {
      all: [
        { exists: 'promotion' },
        { not: { equals: { path: 'promotion.label', value: null } } },
        { any: [{ in: { path: 'promotion.label', values: ['a', { b: [1] }] } }, { exists: 'promotion.ends_at' }] },
      ],
    };
    const slice = accepted(put('rules', '/slices/2/when', when)).slices.find(
      ({ type }) => type === 'PRODUCT_PROMOTION',
    );
    expect(slice?.when).toMatchObject({
      test: 'all',
      conditions: [
        { test: 'exists' },
        { test: 'not', condition: { test: 'equals', value: null } },
        { test: 'any', conditions: [{ test: 'in', values: ['a', { b: [1] }] }, { test: 'exists' }] },
      ],
    });
  });
});

describe('a view', () => {
  it('is linked with its rule set, sorted by output member', () => {
    const { view, rules } = compileSample(sampleDrafts());
    expect(view.ruleSet).toBe(rules);
    expect(view).toMatchObject({
      requiredSlices: ['PRODUCT_CORE', 'PRODUCT_PRICE'],
      optionalSlices: ['PRODUCT_PROMOTION'],
      missingPolicy: 'PARTIAL_ALLOWED',
      optionalOnly: true,
      fallbackPolicy: 'DEFAULT_VALUE',
    });
    expect(view.fields.map(({ sliceType, selector, to }) => [to, sliceType, selector.text])).toEqual([
      ['amount', 'PRODUCT_PRICE', 'price.amount'],
      ['label', 'PRODUCT_PROMOTION', 'label'],
      ['title', 'PRODUCT_CORE', 'title'],
    ]);
    expect(view.fields.map((field) => Object.hasOwn(field, 'default'))).toEqual([false, true, false]);
  });

  it('keeps a default of null', () => {
    const drafts = sampleDrafts();
    drafts.view.fields[2].default = null;
    expect(compileSample(drafts).view.fields.find(({ to }) => to === 'label')).toHaveProperty('default', null);
  });
});

describe('a content hash', () => {
  it('is of the document as written, without its status and without defaults', () => {
    const { view } = sampleDrafts();
    const { status: _status, ...content } = view;
    const contract = parseAs('View', view);
    expect(contract.contentHash).toBe(hashCanonical(content));
    expect(contract.document).toEqual(content);
  });

  it('stays when the status changes, and changes with anything else', () => {
    const { view } = sampleDrafts();
    const { contentHash } = parseAs('View', view);
    expect(parseAs('View', { ...view, status: 'ARCHIVED' }).contentHash).toBe(contentHash);
    expect(parseAs('View', { ...view, description: 'for people' }).contentHash).not.toBe(contentHash);
  });
});
