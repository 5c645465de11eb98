import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import type { Condition, FieldRule } from '../../../src/domain/contracts/compiled-contracts.ts';
import type { Selector, SelectorSegment } from '../../../src/domain/contracts/selector-model.ts';

/** What slices read from a payload, written as plainly as possible: the oracle of the soundness proofs. */

/** Two payloads for which this text is the same give the same fields, conditions and join keys. */
export function readingOf(fields: readonly FieldRule[], others: readonly Selector[], payload: JsonValue): string {
  return canonicalText([
    ...fields.map(({ selector }) => whatIsSeen(selector, payload)),
    ...others.map((selector) => whatIsSeen(selector, payload)),
  ]);
}

export function selectorsOf(condition: Condition): readonly Selector[] {
  switch (condition.test) {
    case 'not':
      return selectorsOf(condition.condition);
    case 'all':
    case 'any':
      return condition.conditions.flatMap(selectorsOf);
    default:
      return [condition.selector];
  }
}

/** Whether the place in front of the first `[*]` is there, and all that is selected. */
function whatIsSeen(selector: Selector, payload: JsonValue): JsonValue {
  const until = selector.segments.findIndex(({ kind }) => kind === 'wildcard');
  const front = until < 0 ? selector.segments : selector.segments.slice(0, until);
  return [visit(front, payload).length > 0, visit(selector.segments, payload)];
}

function visit([segment, ...rest]: readonly SelectorSegment[], value: JsonValue): JsonValue[] {
  if (segment === undefined) return [value];
  const found: JsonValue[] = [];
  const tokens = Array.isArray(value)
    ? value.map((_, index) => index)
    : isObject(value)
      ? Object.keys(value).sort()
      : [];
  for (const token of tokens) {
    const isWanted =
      segment.kind === 'wildcard' ||
      (segment.kind === 'index' && token === segment.index) ||
      (segment.kind === 'name' && token === segment.name);
    // The token is one of the value's own, so there is a child.
    if (isWanted) found.push(...visit(rest, (value as Record<string | number, JsonValue>)[token] as JsonValue));
  }
  return found;
}

function isObject(value: JsonValue): value is { readonly [name: string]: JsonValue } {
  return typeof value === 'object' && value !== null;
}
