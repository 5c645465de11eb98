import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePointer } from '../../../src/domain/canonical/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { refusalsIn } from '../../../src/domain/contracts/check-contracts.ts';
import { indexContracts } from '../../../src/domain/contracts/contract-index.ts';
import type { ContractRefText } from '../../../src/domain/contracts/contract-ref.ts';
import { parseDerivedIndex } from '../../../src/domain/contracts/derive-indexes.ts';
import { deriveRuleSets, type RuleSetDerivation } from '../../../src/domain/contracts/derive-rule-set.ts';
import { withAdditions } from '../../../src/domain/contracts/list-addition.ts';
import { SlicewiseError } from '../../../src/domain/errors.ts';
import { BRAND_RULES, PRODUCT_RULES, worldOf } from '../../support/arbitraries/worlds.ts';
import { type Draft, register, sampleDrafts } from './sample-contracts.ts';

const SAMPLE_RULES = 'product-core@1.3.0';

type Outcomes = ReadonlyMap<ContractRefText, RuleSetDerivation | SlicewiseError>;

function deriveAll(documents: readonly unknown[], refs: readonly string[], indexes: readonly string[] = []): Outcomes {
  const index = indexContracts(documents.map((document, at) => register(document, `contract ${at}`)));
  return deriveRuleSets(
    index,
    // The tests' refs are written as refs.
    refs.map((ref) => ({ ref: ref as ContractRefText, indexes: indexes.map(parseDerivedIndex) })),
  );
}

function derivationOf(outcomes: Outcomes, ref: string): RuleSetDerivation {
  const outcome = outcomes.get(ref as ContractRefText);
  if (outcome === undefined || outcome instanceof SlicewiseError) throw outcome ?? new Error(`nothing for ${ref}`);
  return outcome;
}

/** What the product rule set of the sample lacks after a change, where all of its additions are. */
function deriveSample(change: (rules: Draft) => void, indexes: readonly string[] = []): RuleSetDerivation {
  const drafts = sampleDrafts();
  change(drafts.rules);
  const { product, brand, brandRules, rules } = drafts;
  return derivationOf(deriveAll([product, brand, brandRules, rules], [SAMPLE_RULES], indexes), SAMPLE_RULES);
}

function shown({ additions }: RuleSetDerivation): readonly (readonly [string, readonly JsonValue[]])[] {
  return additions.map(({ pointer, items }) => [pointer, items]);
}

describe('what a rule set lacks', () => {
  it('is nothing where it is sound', () => {
    expect(deriveSample(() => {})).toMatchObject({ additions: [], needless: [] });
  });

  it('is every entry where there is no impact at all, with what no slice reads as `slices: []`', () => {
    const derivation = deriveSample((rules) => {
      delete rules.impactMap;
      delete rules.joins[0].joinImpact;
    });
    expect(shown(derivation)).toEqual([
      [
        '/joins/0/joinImpact',
        [
          { path: 'logo_url', slices: ['PRODUCT_BRAND_ENRICHED'] },
          { path: 'name', slices: ['PRODUCT_BRAND_ENRICHED'] },
        ],
      ],
      [
        '/impactMap',
        [
          { path: 'brand_id', slices: ['PRODUCT_BRAND_ENRICHED', 'PRODUCT_CORE'] },
          { path: 'category_ids', slices: ['PRODUCT_CORE'] },
          { path: 'internal_note', slices: [] },
          { path: 'price', slices: ['PRODUCT_PRICE'] },
          { path: 'promotion', slices: ['PRODUCT_PROMOTION'] },
          { path: 'status', slices: ['PRODUCT_CORE'] },
          { path: 'title', slices: ['PRODUCT_BRAND_ENRICHED', 'PRODUCT_CORE'] },
        ],
      ],
    ]);
  });

  it('is the same where the lists are null', () => {
    const none = deriveSample((rules) => {
      delete rules.impactMap;
      delete rules.joins[0].joinImpact;
    });
    const empty = deriveSample((rules) => {
      rules.impactMap = null;
      rules.joins[0].joinImpact = null;
    });
    expect(shown(empty)).toEqual(shown(none));
  });

  it('is a slice type where the place has an entry already', () => {
    const derivation = deriveSample((rules) => {
      rules.impactMap[1].slices = ['PRODUCT_CORE'];
    });
    expect(shown(derivation)).toEqual([['/impactMap/1/slices', ['PRODUCT_BRAND_ENRICHED']]]);
  });

  it('is a slice type where the entry names the items of the place', () => {
    const derivation = deriveSample((rules) => {
      rules.impactMap[2] = { path: 'category_ids[*]', slices: [] };
    });
    expect(shown(derivation)).toEqual([['/impactMap/2/slices', ['PRODUCT_CORE']]]);
  });

  it('is one entry for a place and what a slice type reads in it', () => {
    const derivation = deriveSample((rules) => {
      rules.slices[1].fields = { price: 'price', amount: 'price.amount' };
      rules.impactMap.splice(4, 1);
    });
    expect(shown(derivation)).toEqual([['/impactMap', [{ path: 'price', slices: ['PRODUCT_PRICE'] }]]]);
  });

  it('leaves what is there alone, and says what of it is needless', () => {
    const derivation = deriveSample((rules) => {
      rules.impactMap[3].slices = ['PRODUCT_CORE', 'PRODUCT_PRICE'];
      rules.impactMap.push({ path: 'price.amount', slices: ['PRODUCT_PRICE'] });
      rules.joins[0].joinImpact.push({ path: 'parent_id', slices: ['PRODUCT_BRAND_ENRICHED'] });
    });
    expect(derivation.additions).toEqual([]);
    expect(derivation.needless).toEqual([
      { pointer: '/joins/0/joinImpact/2', path: 'parent_id', slice: 'PRODUCT_BRAND_ENRICHED' },
      { pointer: '/impactMap/3', path: 'status', slice: 'PRODUCT_PRICE' },
      { pointer: '/impactMap/7', path: 'price.amount', slice: 'PRODUCT_PRICE' },
    ]);
  });

  it('calls the wider of two entries needless where the narrower is enough', () => {
    const derivation = deriveSample((rules) => {
      rules.slices[1].fields = { amount: 'price.amount' };
      rules.impactMap.push({ path: 'price.amount', slices: ['PRODUCT_PRICE'] });
    });
    expect(derivation.needless).toEqual([{ pointer: '/impactMap/4', path: 'price', slice: 'PRODUCT_PRICE' }]);
  });

  it('can be said although a rule set that it joins lacks its impact too', () => {
    const { product, brand, brandRules, rules } = sampleDrafts();
    delete brandRules.impactMap;
    delete rules.impactMap;
    Object.assign(rules.joins[0].joinSources, { source: 'BRAND_CORE', ruleSetRef: 'brand-core@1.0.0' });
    delete rules.joins[0].joinSources.schemaRef;
    rules.joins[0].joinProjection = { brand_name: 'name' };
    rules.joins[0].joinImpact = [];
    const outcomes = deriveAll([product, brand, brandRules, rules], [SAMPLE_RULES]);
    expect(shown(derivationOf(outcomes, SAMPLE_RULES))[0]).toEqual([
      '/joins/0/joinImpact',
      [{ path: 'name', slices: ['PRODUCT_BRAND_ENRICHED'] }],
    ]);
  });

  it('cannot be said of a rule set that is wrong in another way', () => {
    const { product, brand, brandRules, rules } = sampleDrafts();
    rules.slices[0].fields.title = 'titel';
    delete rules.impactMap;
    const outcomes = deriveAll([product, brand, brandRules, rules], [SAMPLE_RULES]);
    expect(outcomes.get(SAMPLE_RULES)).toMatchObject({ code: 'contract.path_unknown' });
  });
});

describe('indexes that are asked for', () => {
  it('are named as the path’s last member is, or as one says', () => {
    const derivation = deriveSample(() => {}, ['PRODUCT_CORE.status', 'listed=PRODUCT_CORE.category_ids[*]']);
    expect(shown(derivation)).toEqual([
      [
        '/indexes',
        [
          {
            type: 'status',
            fromSlice: 'PRODUCT_CORE',
            selector: { path: 'status' },
            indexKey: { format: 'IDX#status#{value}#product' },
          },
          {
            type: 'listed',
            fromSlice: 'PRODUCT_CORE',
            selector: { path: 'category_ids[*]' },
            indexKey: { format: 'IDX#listed#{value}#product' },
          },
        ],
      ],
    ]);
  });

  it('are not added again where they are declared', () => {
    expect(deriveSample(() => {}, ['category=PRODUCT_CORE.category_ids[*]']).additions).toEqual([]);
  });

  it('lie in as many shards as the join of their type', () => {
    const derivation = deriveSample(
      (rules) => {
        rules.joins[0].shards = 4;
      },
      ['brand=PRODUCT_CORE.brand_id'],
    );
    expect(shown(derivation)).toMatchObject([['/indexes', [{ type: 'brand', shards: 4 }]]]);
  });

  it('are refused where they would contradict a join', () => {
    const { product, brand, brandRules, rules } = sampleDrafts();
    const outcomes = deriveAll([product, brand, brandRules, rules], [SAMPLE_RULES], ['brand=PRODUCT_CORE.title']);
    expect(outcomes.get(SAMPLE_RULES)).toMatchObject({ code: 'contract.index_contradicts_join' });
  });

  it('are refused without a path into the slice', () => {
    expect(() => parseDerivedIndex('PRODUCT_CORE')).toThrow(/expected a slice type, a dot and a path into the slice/);
  });
});

const RULE_SETS = [PRODUCT_RULES, BRAND_RULES];

/** Contracts with some of their impact entries left, none of them or all. */
const unfinishedWorlds = fc
  .tuple(worldOf(), fc.array(fc.constantFrom('keep', 'forget', 'forgetTypes', 'forget'), { minLength: 1 }))
  .map(([world, fates]) =>
    world.contracts.map((contract) => (contract['kind'] === 'RuleSet' ? unfinished(contract, fates) : contract)),
  );

function unfinished(contract: JsonObject, fates: readonly string[]): JsonObject {
  const draft: Draft = structuredClone(contract);
  const left = (entries: Draft[] | undefined): Draft => {
    const kept = (entries ?? []).flatMap((entry, index) => {
      const fate = fates[index % fates.length];
      if (fate === 'forget') return [];
      return fate === 'keep' ? [entry] : [{ ...entry, slices: entry.slices.slice(1) }];
    });
    return kept.length === 0 ? undefined : kept;
  };
  const withList = (holder: Draft, name: string): void => {
    const entries = left(holder[name]);
    if (entries === undefined) delete holder[name];
    else holder[name] = entries;
  };
  withList(draft, 'impactMap');
  for (const join of draft.joins) withList(join, 'joinImpact');
  return draft;
}

function refusedIn(documents: readonly unknown[]): readonly string[] {
  return [...refusalsIn(indexContracts(documents.map((document) => register(document)))).keys()];
}

/** The documents with each rule set as it was derived. */
function completedIn(documents: readonly JsonObject[], outcomes: Outcomes): readonly unknown[] {
  return documents.map((document) => {
    const ref = `${String(document['id'])}@${String(document['version'])}`;
    return document['kind'] === 'RuleSet' ? derivationOf(outcomes, ref).completed : document;
  });
}

function withoutItem(document: Draft, pointer: string, item: JsonValue): Draft {
  const copy = structuredClone(document);
  const list = parsePointer(pointer).reduce<Draft>((value, token) => value[token], copy);
  const text = JSON.stringify(item);
  list.splice(
    list.findLastIndex((each: Draft) => JSON.stringify(each) === text),
    1,
  );
  return copy;
}

describe('rule sets at random whose impact is unfinished', () => {
  it('are sound once what they lack is added', () => {
    fc.assert(
      fc.property(unfinishedWorlds, (documents) => {
        const outcomes = deriveAll(documents, RULE_SETS);
        expect(refusedIn(completedIn(documents, outcomes))).toEqual([]);
      }),
    );
  });

  it('lack nothing more then', () => {
    fc.assert(
      fc.property(unfinishedWorlds, (documents) => {
        const completed = completedIn(documents, deriveAll(documents, RULE_SETS));
        for (const outcome of deriveAll(completed, RULE_SETS).values())
          expect(outcome).toMatchObject({ additions: [] });
      }),
    );
  });

  it('are refused where any entry or slice type of what they lack is left out', () => {
    let leftOut = 0;
    fc.assert(
      fc.property(unfinishedWorlds, (documents) => {
        const outcomes = deriveAll(documents, RULE_SETS);
        const completed = completedIn(documents, outcomes);
        for (const ref of RULE_SETS) {
          const at = completed.findIndex((document: Draft) => `${document.id}@${document.version}` === ref);
          for (const broken of eachWithout(derivationOf(outcomes, ref))) {
            leftOut += 1;
            expect(refusedIn(completed.with(at, broken))).toContain(`RuleSet ${ref}`);
          }
        }
      }),
    );
    expect(leftOut).toBeGreaterThan(100);
  });

  it('stay sound where all that is needless is removed', () => {
    fc.assert(
      fc.property(unfinishedWorlds, (documents) => {
        const outcomes = deriveAll(documents, RULE_SETS);
        const narrowed = documents.map((document) => {
          const ref = `${String(document['id'])}@${String(document['version'])}`;
          return document['kind'] === 'RuleSet' ? withoutNeedless(derivationOf(outcomes, ref)) : document;
        });
        expect(refusedIn(narrowed)).toEqual([]);
      }),
    );
  });
});

/** The completed document without one entry, or without one slice type of one. */
function eachWithout({ additions, completed, registered }: RuleSetDerivation): readonly Draft[] {
  return additions.flatMap((addition) =>
    addition.items.flatMap((item) => {
      const without = withoutItem(completed, addition.pointer, item);
      const entry: Draft = item;
      const others = additions.filter((each) => each !== addition);
      return [
        without,
        ...(entry.slices ?? []).map((type: string) => {
          const narrower = { ...entry, slices: entry.slices.filter((other: string) => other !== type) };
          const items = addition.items.map((each) => (each === item ? narrower : each));
          // registered.document is JSON, as it was read from JSON.
          return withAdditions(registered.document as JsonValue, [...others, { ...addition, items }]);
        }),
      ];
    }),
  );
}

function withoutNeedless({ completed, needless }: RuleSetDerivation): Draft {
  const copy: Draft = structuredClone(completed);
  for (const { pointer, slice } of needless) {
    const entry = parsePointer(pointer).reduce<Draft>((value, token) => value[token], copy);
    entry.slices = entry.slices.filter((type: string) => type !== slice);
  }
  return copy;
}
