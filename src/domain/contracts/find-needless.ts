import { sortedUniqueUtf8 } from '../canonical/key-order.ts';
import { joinPointer } from './compile-rule-set.ts';
import type { CompiledRuleSet, ImpactEntry, SchemaShape } from './compiled-contracts.ts';
import { isNoticed, type Need } from './impact-gaps.ts';
import type { RuleSetContract } from './parse-contract.ts';
import { readingOf } from './prove-impact-map.ts';
import { projectionNeeds } from './prove-join-impact.ts';
import type { ImpactDefinition } from './rule-set-contract.ts';
import { shapeSource } from './slice-shape.ts';

/** A slice type that an entry names although every change that concerns it is noticed without. */
export interface NeedlessType {
  /** Of the entry. */
  readonly pointer: string;
  readonly path: string;
  readonly slice: string;
}

interface ImpactList {
  readonly pointer: string;
  /** As written: those that may be needless. */
  readonly written: readonly ImpactDefinition[];
  /** With what was derived behind it. */
  readonly entries: readonly ImpactEntry[];
  readonly needs: readonly Need[];
  readonly shape: SchemaShape | null;
}

/** What a contract as written could do without, once it is completed as the rule set is. */
export function findNeedless(contract: RuleSetContract, ruleSet: CompiledRuleSet): readonly NeedlessType[] {
  const { schema, slices, joins, impactMap } = ruleSet;
  const { definition } = contract;
  const ofJoins = joins.flatMap((join): readonly NeedlessType[] =>
    needlessIn({
      pointer: `${joinPointer(contract, join.name)}/joinImpact`,
      written: definition.joins.find(({ name }) => name === join.name)?.joinImpact ?? [],
      entries: join.joinImpact,
      needs: projectionNeeds(join, slices),
      shape: shapeSource(join),
    }),
  );
  const needs = slices.map((slice) => readingOf(slice, joins));
  const ofMap = {
    pointer: '/impactMap',
    written: definition.impactMap,
    entries: impactMap,
    needs,
    shape: schema.shape,
  };
  return [...ofJoins, ...needlessIn(ofMap)];
}

/** The widest entries go first, as they re-build the most; of two alike the later one. */
function needlessIn({ pointer, written, entries, needs, shape }: ImpactList): readonly NeedlessType[] {
  const kept = [...entries];
  const needless: { readonly index: number; readonly slice: string }[] = [];
  const widestFirst = [...written.keys()].sort(
    (left, right) => lengthOf(entries[left]) - lengthOf(entries[right]) || right - left,
  );
  for (const index of widestFirst) {
    for (const slice of sortedUniqueUtf8(written[index]?.slices ?? [])) {
      const entry = kept[index];
      const need = needs.find(({ sliceType }) => sliceType === slice);
      if (entry === undefined || need === undefined) continue;
      const narrower = { ...entry, slices: entry.slices.filter((type) => type !== slice) };
      if (!isNoticed(kept.with(index, narrower), need, shape)) continue;
      kept[index] = narrower;
      needless.push({ index, slice });
    }
  }
  return needless
    .sort((left, right) => left.index - right.index)
    .map(({ index, slice }) => ({ pointer: `${pointer}/${index}`, path: written[index]?.path ?? '', slice }));
}

function lengthOf(entry: ImpactEntry | undefined): number {
  return entry?.selector.segments.length ?? 0;
}
