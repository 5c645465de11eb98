/** The ranges of administration: all that one entity has of a kind, in order, on pages of any size. */
import type { ContractRef } from '../../src/domain/contracts/contract-ref.ts';
import type { RangeQuery, Store } from '../../src/ports/store.ts';
import { addressOf, advanceTo, changeSetOf, headOf, manifestOf, sliceOf } from './record-builders.ts';
import { assertSame, type StoreAdapter, storeFact, type TestRunner } from './suite-api.ts';

const ADDRESS = addressOf();
/** In the order of their texts' UTF-8 bytes: `-` is below `@`. */
const RULE_SETS: readonly ContractRef[] = [
  { id: 'a', version: '1.10.0' },
  { id: 'a', version: '1.2.0' },
  { id: 'a-b', version: '1.0.0' },
  { id: 'b', version: '1.0.0' },
].toSorted((left, right) => (`${left.id}@${left.version}` < `${right.id}@${right.version}` ? -1 : 1));
const OTHERS = [{ tenant: 'tenant-b' }, { entity: 'product#P10' }, { entity: 'product#P' }];
const LIMITS = [1, 2, 3, 1_000];

export function describeStoreEntityRanges(runner: TestRunner, adapter: StoreAdapter): void {
  const fact = storeFact(runner, adapter);

  runner.describe('what one entity has', () => {
    fact('slices come without payloads, by rule set, type and hash', async (store) => {
      const slices = RULE_SETS.flatMap((ruleSet) =>
        ['A', 'AB', 'B'].flatMap((type) =>
          ['1', 'null'].map((content) => sliceOf({ ruleSet, type, content, gcEpoch: 3 })),
        ),
      );
      await store.putOnce([...slices.toReversed(), ...OTHERS.map((owner) => sliceOf(owner))]);
      const expected = slices
        .toSorted((left, right) => compareSlices(left, right))
        .map(({ kind, payload, ...summary }) => ({ ...summary, isErased: false }));
      for (const limit of LIMITS) {
        assertSame(await readAll(store, { range: 'slices', ...ADDRESS, limit }), expected);
      }
    });

    fact('heads come by rule set, with their manifests', async (store) => {
      const manifests = RULE_SETS.map((ruleSet, index) => manifestOf({ ruleSet, version: index + 1 }));
      for (const manifest of manifests.toReversed()) await store.commit(advanceTo(manifest, null));
      for (const owner of OTHERS) await store.commit(advanceTo(manifestOf(owner), null));
      await store.raiseGcEpoch(manifestOf({ ruleSet: RULE_SETS[0] as ContractRef }), 0);
      const expected = manifests.map((manifest, index) => headOf(manifest, index === 0 ? 1 : 0));
      for (const limit of LIMITS) {
        assertSame(await readAll(store, { range: 'heads', ...ADDRESS, limit }), expected);
      }
    });

    fact('ChangeSets come by rule set, then versions as numbers', async (store) => {
      const changeSets = RULE_SETS.flatMap((ruleSet) =>
        [0, 1, 2, 9, 10, 11].map((from) => changeSetOf({ ruleSet, from, to: from + 1 })),
      );
      await store.putOnce([...changeSets.toReversed(), ...OTHERS.map((owner) => changeSetOf(owner))]);
      for (const limit of LIMITS) {
        assertSame(await readAll(store, { range: 'change-sets', ...ADDRESS, limit }), changeSets);
      }
    });

    fact('is nothing where there is nothing', async (store) => {
      for (const range of ['slices', 'heads', 'change-sets'] as const) {
        assertSame(await store.range({ range, ...ADDRESS, limit: 10 }), { items: [], next: null });
      }
    });
  });
}

function compareSlices(left: ReturnType<typeof sliceOf>, right: ReturnType<typeof sliceOf>): number {
  const place = ({ ruleSet, sliceType, sliceHash }: typeof left) =>
    [`${ruleSet.id}@${ruleSet.version}`, sliceType, sliceHash].join('\u0000');
  return place(left) < place(right) ? -1 : 1;
}

async function readAll(store: Store, query: RangeQuery): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let after = query.after; ; ) {
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}
