/** Which slice types a change concerns (rfc-v4-001 §9-2). */
import { parsePointer } from '../canonical/json-pointer.ts';
import { sortedUniqueUtf8, sortUtf8 } from '../canonical/key-order.ts';
import type { CompiledRuleSet } from '../contracts/compiled-contracts.ts';
import { formatRef } from '../contracts/contract-ref.ts';
import { changeMatches, formatSelector } from '../contracts/selector.ts';
import { contractError, type SlicewiseError } from '../errors.ts';

export interface Impact {
  /** Sorted. */
  readonly sliceTypes: readonly string[];
  /** Slice type → the changed paths that concern it, sorted. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
}

/**
 * The slice types that some changed paths concern. A change matches a selector when either contains the other; the
 * root (a payload that appears or disappears) concerns every type. A path that nothing matches follows the rule set's
 * `onNoMatch`.
 *
 * @throws `changeset.no_match` (ContractError) under `FAIL_CLOSED`
 */
export function impactOf(changedPaths: readonly string[], ruleSet: CompiledRuleSet): Impact {
  const concerned = new Map<string, string[]>();
  const concern = (sliceType: string, path: string): void => {
    const paths = concerned.get(sliceType);
    if (paths === undefined) concerned.set(sliceType, [path]);
    // Path after path: one that several entries match is the last in the list.
    else if (paths.at(-1) !== path) paths.push(path);
  };
  for (const path of sortedUniqueUtf8(changedPaths)) {
    const tokens = parsePointer(path);
    if (tokens.length === 0) {
      for (const { type } of ruleSet.slices) concern(type, path);
      continue;
    }
    const entries = ruleSet.impactMap.filter(({ selector }) => changeMatches(selector, tokens));
    const isUnmatched = entries.length === 0;
    if (isUnmatched && ruleSet.onNoMatch === 'FAIL_CLOSED') throw noMatch(path, tokens, ruleSet);
    if (isUnmatched && ruleSet.onNoMatch === 'FULL_REBUILD') for (const { type } of ruleSet.slices) concern(type, path);
    for (const { slices } of entries) for (const type of slices) concern(type, path);
  }
  const sliceTypes = sortUtf8(concerned.keys());
  const reasons = new Map(sliceTypes.map((type) => [type, concerned.get(type) ?? []]));
  return { sliceTypes, reasons };
}

function noMatch(path: string, tokens: readonly string[], ruleSet: CompiledRuleSet): SlicewiseError {
  const ref = formatRef(ruleSet.ref);
  const selector = formatSelector(tokens.slice(0, 1).map((name) => ({ kind: 'name', name })));
  return contractError(
    'changeset.no_match',
    `RuleSet ${ref}: expected an impactMap entry for every changed path, found none for ${JSON.stringify(path)}. ` +
      `Add { path: ${JSON.stringify(selector)}, slices: [<the types that read it, or none>] }, or let onNoMatch say ` +
      'FULL_REBUILD or IGNORE.',
    { ruleSet: ref, path, entry: { path: selector } },
  );
}
