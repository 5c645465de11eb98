import { compareUtf8, sortUtf8 } from '../canonical/key-order.ts';
import { readOutputSelector } from './compile-indexes.ts';
import { unresolved } from './compile-joins.ts';
import { reportTwice, unknownSlice } from './compile-slices.ts';
import type { CompiledRuleSet, CompiledView, ViewField } from './compiled-contracts.ts';
import { type ContractProblem, refuseProblems } from './contract-problem.ts';
import { formatRef } from './contract-ref.ts';
import type { ViewContract } from './parse-contract.ts';
import { readSelector } from './read-selector.ts';
import { formatSelector } from './selector.ts';
import { shapeSlice } from './slice-shape.ts';
import { deprecationWarnings } from './status-gate.ts';
import type { ViewDefinition } from './view-contract.ts';

/**
 * Links a view with its rule set, whatever the status of either (`gateView` decides on reads).
 *
 * @throws one refusal with every problem, under the code of the first: `contract.*`, `selector.*`
 */
export function compileView(contract: ViewContract, ruleSet: CompiledRuleSet): CompiledView {
  const { definition, ref, contentHash, status, document } = contract;
  const name = `View ${formatRef(ref)}`;
  if (formatRef(ruleSet.ref) !== definition.ruleSetRef) {
    refuseProblems(name, [unresolved('/ruleSetRef', `RuleSet ${definition.ruleSetRef}`)], contract.registered);
  }
  const problems: ContractProblem[] = [];
  checkSlices(definition, ruleSet, problems);
  reportTwice(
    'contract.output_duplicate',
    'output member',
    '/fields',
    definition.fields.map((field) => field.to),
    '/to',
    { problems },
  );
  const fields = definition.fields.flatMap((field, index) => {
    const compiled = compileField({ field, pointer: `/fields/${index}`, definition, ruleSet }, problems);
    return compiled === null ? [] : [compiled];
  });
  refuseProblems(name, problems, contract.registered);
  return {
    kind: 'View',
    ref,
    contentHash,
    status,
    document,
    ruleSet,
    requiredSlices: sortUtf8(definition.requiredSlices),
    optionalSlices: sortUtf8(definition.optionalSlices),
    missingPolicy: definition.missingPolicy,
    optionalOnly: definition.partialPolicy.optionalOnly,
    fallbackPolicy: definition.fallbackPolicy,
    fields: fields.sort((left, right) => compareUtf8(left.to, right.to)),
    warnings: deprecationWarnings(name, [ruleSet]),
  };
}

interface FieldPlace {
  readonly field: ViewDefinition['fields'][number];
  readonly pointer: string;
  readonly definition: ViewDefinition;
  readonly ruleSet: CompiledRuleSet;
}

function compileField(place: FieldPlace, problems: ContractProblem[]): ViewField | null {
  const { field, pointer, definition, ruleSet } = place;
  if (field.default !== undefined && definition.fallbackPolicy !== 'DEFAULT_VALUE') {
    problems.push({
      code: 'contract.view_default_unused',
      pointer: `${pointer}/default`,
      expected: 'no default, as the fallbackPolicy is NONE',
      found: 'one',
      advice: 'Set `fallbackPolicy: DEFAULT_VALUE`, or remove the default.',
    });
  }
  const path = readSelector({ text: field.from, pointer: `${pointer}/from`, shape: null }, problems);
  if (path === null) return null;
  const [first, ...rest] = path.segments;
  const sliceType = first?.kind === 'name' ? first.name : '';
  const slice = ruleSet.slices.find((rule) => rule.type === sliceType);
  const isListed = definition.requiredSlices.includes(sliceType) || definition.optionalSlices.includes(sliceType);
  if (slice === undefined || !isListed) {
    problems.push(unlistedSlice(place, slice === undefined));
    return null;
  }
  const selector = readOutputSelector(
    {
      text: formatSelector(rest),
      pointer: `${pointer}/from`,
      shape: shapeSlice(slice, ruleSet.schema.shape, ruleSet.joins),
      slice: sliceType,
    },
    problems,
  );
  if (selector === null) return null;
  return { sliceType, selector, to: field.to, ...(field.default !== undefined && { default: field.default }) };
}

function checkSlices(
  { requiredSlices, optionalSlices }: ViewDefinition,
  ruleSet: CompiledRuleSet,
  problems: ContractProblem[],
): void {
  const known = ruleSet.slices.map((slice) => slice.type);
  const lists = { requiredSlices, optionalSlices };
  for (const [list, types] of Object.entries(lists)) {
    for (const [index, type] of types.entries()) {
      if (!known.includes(type)) problems.push(unknownSlice(`/${list}/${index}`, type, known));
    }
  }
  const listed = [...requiredSlices, ...optionalSlices];
  for (const [index, type] of listed.entries()) {
    if (listed.indexOf(type) === index) continue;
    const isRequired = index < requiredSlices.length;
    problems.push({
      code: 'contract.view_slice_twice',
      pointer: isRequired ? `/requiredSlices/${index}` : `/optionalSlices/${index - requiredSlices.length}`,
      expected: 'each slice type once, required or optional',
      found: `${type} again`,
      advice: 'Keep it in one of the two lists.',
    });
  }
}

function unlistedSlice({ field, pointer, definition }: FieldPlace, isUnknown: boolean): ContractProblem {
  const listed = [...definition.requiredSlices, ...definition.optionalSlices];
  return {
    code: isUnknown ? 'contract.slice_unknown' : 'contract.view_slice_unlisted',
    pointer: `${pointer}/from`,
    expected: `a path that starts at a slice type of requiredSlices or optionalSlices: ${listed.join(', ')}`,
    found: field.from,
    advice: isUnknown
      ? 'Name a slice type, a dot and a field of it.'
      : 'Add its slice type to requiredSlices or optionalSlices.',
  };
}
