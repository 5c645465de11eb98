import { appendToken } from '../canonical/json-pointer.ts';
import { compareUtf8, sortedUniqueUtf8 } from '../canonical/key-order.ts';
import type { Condition, FieldRule, ImpactEntry, SchemaShape, SliceRule } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { nearestName } from './nearest-name.ts';
import { readSelector } from './read-selector.ts';
import type { ConditionDefinition, ImpactDefinition, RuleSetDefinition, SliceDefinition } from './rule-set-contract.ts';
import type { Selector } from './selector-model.ts';

/** The parts of a rule set that read the entity's own payload: slices, conditions, impact entries. */

/** Where selectors start, and where problems are gathered. */
export interface Reading {
  readonly shape: SchemaShape | null;
  readonly problems: ContractProblem[];
}

export function compileSlices(definition: RuleSetDefinition, reading: Reading): readonly SliceRule[] {
  reportTwice(
    'contract.slice_duplicate',
    'slice type',
    '/slices',
    definition.slices.map((slice) => slice.type),
    '/type',
    reading,
  );
  const slices = definition.slices.map((slice, index) => compileSlice(slice, `/slices/${index}`, reading));
  for (const [index, slice] of definition.slices.entries())
    checkOutputs(slice, `/slices/${index}`, definition, reading);
  for (const [index, join] of definition.joins.entries()) {
    if (definition.slices.some((slice) => slice.joins.includes(join.name))) continue;
    reading.problems.push({
      code: 'contract.join_unused',
      pointer: `/joins/${index}/name`,
      expected: 'a join that some slice type names',
      found: `${join.name}, which none does`,
      advice: `Add it to a slice's joins, or remove the join.`,
    });
  }
  return slices.sort((left, right) => compareUtf8(left.type, right.type));
}

/** Output member → selector, sorted by member name; what does not parse is left out and reported. */
export function compileFields(
  fields: Readonly<Record<string, string>>,
  pointer: string,
  reading: Reading,
): readonly FieldRule[] {
  const rules: FieldRule[] = [];
  for (const [name, text] of Object.entries(fields)) {
    const place = { text, pointer: appendToken(pointer, name), shape: reading.shape };
    const selector = readSelector(place, reading.problems);
    if (selector !== null) rules.push({ name, selector });
  }
  return rules.sort((left, right) => compareUtf8(left.name, right.name));
}

export function compileImpact(
  entries: readonly ImpactDefinition[],
  sliceTypes: readonly string[],
  pointer: string,
  reading: Reading,
): readonly ImpactEntry[] {
  return entries.flatMap((entry, index) => {
    const place = `${pointer}/${index}`;
    for (const [at, type] of entry.slices.entries()) {
      if (!sliceTypes.includes(type)) reading.problems.push(unknownSlice(`${place}/slices/${at}`, type, sliceTypes));
    }
    const selector = readSelector(
      { text: entry.path, pointer: `${place}/path`, shape: reading.shape },
      reading.problems,
    );
    return selector === null ? [] : [{ selector, slices: sortedUniqueUtf8(entry.slices) }];
  });
}

export function unknownSlice(pointer: string, type: string, known: readonly string[]): ContractProblem {
  const nearest = nearestName(type, known);
  return {
    code: 'contract.slice_unknown',
    pointer,
    expected: `a slice type of the rule set: ${known.join(', ')}`,
    found: type,
    advice: nearest === undefined ? 'Name one of them.' : `Did you mean \`${nearest}\`?`,
  };
}

/** Names that must be unique in a list; every second one is reported. */
export function reportTwice(
  code: string,
  what: string,
  pointer: string,
  names: readonly string[],
  member: string,
  { problems }: Pick<Reading, 'problems'>,
): void {
  for (const [index, name] of names.entries()) {
    const first = names.indexOf(name);
    if (first === index) continue;
    problems.push({
      code,
      pointer: `${pointer}/${index}${member}`,
      expected: `each ${what} once`,
      found: `${name}, which is at ${pointer}/${first} already`,
      advice: 'Rename or remove one of them.',
    });
  }
}

function compileSlice(slice: SliceDefinition, pointer: string, reading: Reading): SliceRule {
  return {
    type: slice.type,
    when: slice.when === undefined ? null : compileCondition(slice.when, `${pointer}/when`, reading),
    fields: compileFields(slice.fields, `${pointer}/fields`, reading),
    joins: sortedUniqueUtf8(slice.joins),
  };
}

function compileCondition(condition: ConditionDefinition, pointer: string, reading: Reading): Condition | null {
  const { exists, equals, in: oneOf, not, all, any } = condition;
  const read = (text: string, member: string): Selector | null =>
    readSelector({ text, pointer: `${pointer}/${member}`, shape: reading.shape }, reading.problems);
  if (exists !== undefined) {
    const selector = read(exists, 'exists');
    return selector && { test: 'exists', selector };
  }
  if (equals !== undefined) {
    const selector = read(equals.path, 'equals/path');
    return selector && { test: 'equals', selector, value: equals.value };
  }
  if (oneOf !== undefined) {
    const selector = read(oneOf.path, 'in/path');
    return selector && { test: 'in', selector, values: oneOf.values };
  }
  if (not !== undefined) {
    const inner = compileCondition(not, `${pointer}/not`, reading);
    return inner && { test: 'not', condition: inner };
  }
  const test = all === undefined ? 'any' : 'all';
  const conditions = (all ?? any ?? []).map((inner, index) =>
    compileCondition(inner, `${pointer}/${test}/${index}`, reading),
  );
  return { test, conditions: conditions.filter((inner) => inner !== null) };
}

/** A slice's joins are known, and no output member is written twice (rfc-v4-001 §1-3: nothing would say which wins). */
function checkOutputs(
  slice: SliceDefinition,
  pointer: string,
  definition: RuleSetDefinition,
  { problems }: Reading,
): void {
  const writers = new Map(Object.keys(slice.fields).map((name): [string, string] => [name, 'its fields']));
  reportTwice('contract.join_duplicate', 'join', `${pointer}/joins`, slice.joins, '', { problems });
  for (const [index, name] of slice.joins.entries()) {
    const join = definition.joins.find((candidate) => candidate.name === name);
    if (join === undefined) {
      problems.push(unknownJoin(`${pointer}/joins/${index}`, name, definition));
      continue;
    }
    if (slice.joins.indexOf(name) !== index) continue;
    for (const output of Object.keys(join.joinProjection)) {
      const writer = writers.get(output);
      writers.set(output, `the join ${name}`);
      if (writer !== undefined) problems.push(writtenTwice(`${pointer}/joins/${index}`, output, writer, name));
    }
  }
  if (writers.size > 0 || slice.joins.length > 0) return;
  problems.push({
    code: 'contract.slice_empty',
    pointer,
    expected: 'a slice type with a field or a join',
    found: `${slice.type} with neither`,
    advice: 'Give it fields, or remove it.',
  });
}

function unknownJoin(pointer: string, name: string, definition: RuleSetDefinition): ContractProblem {
  const known = definition.joins.map((join) => join.name);
  const nearest = nearestName(name, known);
  return {
    code: 'contract.join_unknown',
    pointer,
    expected:
      known.length === 0 ? 'no joins, as the rule set declares none' : `a join of the rule set: ${known.join(', ')}`,
    found: name,
    advice: nearest === undefined ? 'Declare the join, or remove its name here.' : `Did you mean \`${nearest}\`?`,
  };
}

function writtenTwice(pointer: string, output: string, writer: string, join: string): ContractProblem {
  return {
    code: 'contract.output_duplicate',
    pointer,
    expected: 'each output member written once',
    found: `${output}, written by ${writer} and by the join ${join}`,
    advice: 'Rename one of the two.',
  };
}
