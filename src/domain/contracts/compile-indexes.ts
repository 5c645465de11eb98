import { compareUtf8 } from '../canonical/key-order.ts';
import { type Reading, unknownSlice } from './compile-slices.ts';
import type { IndexRule, JoinRule, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { nearestName } from './nearest-name.ts';
import { readSelector } from './read-selector.ts';
import type { IndexDefinition, RuleSetDefinition } from './rule-set-contract.ts';
import { isSamePattern } from './selector.ts';
import type { Selector, SelectorSegment } from './selector-model.ts';
import { shapeSlice } from './slice-shape.ts';

export interface IndexedRuleSet {
  readonly definition: RuleSetDefinition;
  readonly slices: readonly SliceRule[];
  readonly joins: readonly JoinRule[];
}

/** Sorted by type, then slice type, then selector text (rfc-v4-001 §17-5). */
export function compileIndexes(ruleSet: IndexedRuleSet, reading: Reading): readonly IndexRule[] {
  const rules: IndexRule[] = [];
  for (const [position, index] of ruleSet.definition.indexes.entries()) {
    const rule = compileIndex({ ruleSet, index, pointer: `/indexes/${position}` }, reading);
    if (rule === null) continue;
    const twin = rules.find((other) => isSameIndex(other, rule));
    if (twin === undefined) rules.push(rule);
    else reading.problems.push(duplicateIndex(`/indexes/${position}`, rule));
  }
  reportShards(ruleSet.definition, reading.problems);
  return rules.sort(
    (left, right) =>
      compareUtf8(left.type, right.type) ||
      compareUtf8(left.fromSlice, right.fromSlice) ||
      compareUtf8(left.selector.text, right.selector.text),
  );
}

interface IndexPlace {
  readonly ruleSet: IndexedRuleSet;
  readonly index: IndexDefinition;
  readonly pointer: string;
}

function compileIndex(place: IndexPlace, { shape, problems }: Reading): IndexRule | null {
  const { ruleSet, index, pointer } = place;
  checkKeyFormat(place, problems);
  const slice = ruleSet.slices.find((rule) => rule.type === index.fromSlice);
  if (slice === undefined) {
    const known = ruleSet.definition.slices.map((rule) => rule.type);
    if (!known.includes(index.fromSlice)) problems.push(unknownSlice(`${pointer}/fromSlice`, index.fromSlice, known));
    return null;
  }
  const selector = readOutputSelector(
    {
      text: index.selector.path,
      pointer: `${pointer}/selector/path`,
      shape: shapeSlice(slice, shape, ruleSet.joins),
      slice: index.fromSlice,
    },
    problems,
  );
  if (selector === null) return null;
  const rule = {
    type: index.type,
    fromSlice: index.fromSlice,
    selector,
    normalize: index.normalize,
    shards: index.shards,
    followsSources: followsSources(selector, slice, ruleSet.joins),
  };
  checkAgainstJoins(place, { rule, slice }, problems);
  return rule;
}

/** A path into a slice: reported with the slice's own output members where it starts at none of them. */
export function readOutputSelector(
  place: {
    readonly text: string;
    readonly pointer: string;
    readonly shape: ReturnType<typeof shapeSlice>;
    readonly slice: string;
  },
  problems: ContractProblem[],
): Selector | null {
  const before = problems.length;
  const selector = readSelector({ ...place, shape: null }, problems);
  if (selector === null || problems.length > before) return null;
  const [first] = selector.segments;
  if (first?.kind === 'name' && place.shape.properties.has(first.name)) return readSelector(place, problems);
  const known = [...place.shape.properties.keys()];
  const nearest = first?.kind === 'name' ? nearestName(first.name, known) : undefined;
  problems.push({
    code: 'contract.field_unknown',
    pointer: place.pointer,
    expected: `a path that starts at an output member of ${place.slice}: ${known.join(', ')}`,
    found: selector.text,
    advice: nearest === undefined ? 'Name one of them.' : `Did you mean \`${nearest}\`?`,
  });
  return null;
}

function checkKeyFormat({ ruleSet, index, pointer }: IndexPlace, problems: ContractProblem[]): void {
  const format = `IDX#${index.type}#{value}#${ruleSet.definition.entityType}`;
  if (index.indexKey.format === format) return;
  problems.push({
    code: 'contract.index_key_format',
    pointer: `${pointer}/indexKey/format`,
    expected: format,
    found: JSON.stringify(index.indexKey.format),
    advice: `Write "${format}".`,
  });
}

/** Fan-out reads an index of a join's type as that join's own: it must hold the same values (design: inverted index). */
function checkAgainstJoins(
  { ruleSet, pointer }: IndexPlace,
  { rule, slice }: { readonly rule: IndexRule; readonly slice: SliceRule },
  problems: ContractProblem[],
): void {
  const namesakes = ruleSet.joins.filter((join) => join.entityType === rule.type);
  const path = payloadPathOf(rule.selector, slice);
  const selectsKeyOf = (join: JoinRule): boolean =>
    rule.normalize === 'none' &&
    join.keyPrefix === `${join.entityType}#` &&
    join.keySuffix === '' &&
    path !== null &&
    isSamePattern(path, join.keyPath.segments);
  if (namesakes.length === 0 || namesakes.some(selectsKeyOf)) return;
  const [join] = namesakes;
  problems.push({
    code: 'contract.index_contradicts_join',
    pointer: `${pointer}/type`,
    expected: `an index of another type, or one that selects the key of the join ${join?.name} (${join?.keyPath.text}), not normalised`,
    found: `${rule.type}, the type of that join's own index, with ${rule.fromSlice}.${rule.selector.text}`,
    advice: 'Rename the index, or select the join key as it is.',
  });
}

/** Where in the payload an index value comes from; `null` where it comes from a join. */
function payloadPathOf(selector: Selector, slice: SliceRule): readonly SelectorSegment[] | null {
  const [first, ...rest] = selector.segments;
  const field = slice.fields.find((candidate) => first?.kind === 'name' && candidate.name === first.name);
  return field === undefined ? null : [...field.selector.segments, ...rest];
}

/**
 * A value of the payload comes and goes with its slice, which is a tombstone while a source is missing; whether the entity
 * names one is the same in all revisions of a version.
 */
function followsSources(selector: Selector, slice: SliceRule, joins: readonly JoinRule[]): boolean {
  return (
    payloadPathOf(selector, slice) === null ||
    joins.some(({ name, missing }) => slice.joins.includes(name) && missing === 'TOMBSTONE')
  );
}

/** Entries of one index type lie in one set of partitions, whoever writes them. */
function reportShards({ joins, indexes }: RuleSetDefinition, problems: ContractProblem[]): void {
  const shardsOf = new Map<string, { readonly shards: number; readonly pointer: string }>();
  const claims = [
    ...joins.map((join, index) => ({
      type: join.joinSources.entityType,
      shards: join.shards,
      pointer: `/joins/${index}`,
    })),
    ...indexes.map((index, position) => ({ type: index.type, shards: index.shards, pointer: `/indexes/${position}` })),
  ];
  for (const claim of claims) {
    const first = shardsOf.get(claim.type);
    if (first === undefined) shardsOf.set(claim.type, claim);
    else if (first.shards !== claim.shards) {
      problems.push({
        code: 'contract.index_shards_differ',
        pointer: claim.pointer,
        expected: `shards: ${first.shards}, as at ${first.pointer} for the same index type ${claim.type}`,
        found: `shards: ${claim.shards}`,
        advice: 'Give all of them the same number.',
      });
    }
  }
}

function isSameIndex(left: IndexRule, right: IndexRule): boolean {
  return (
    left.type === right.type &&
    left.fromSlice === right.fromSlice &&
    isSamePattern(left.selector.segments, right.selector.segments)
  );
}

function duplicateIndex(pointer: string, rule: IndexRule): ContractProblem {
  return {
    code: 'contract.index_duplicate',
    pointer,
    expected: 'each index once',
    found: `${rule.type} from ${rule.fromSlice}.${rule.selector.text} again`,
    advice: 'Remove one of them.',
  };
}
