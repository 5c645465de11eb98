import { canonicalText } from '../canonical/canonicalize.ts';
import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { Condition } from '../contracts/compiled-contracts.ts';
import { selectNodes } from '../contracts/selector.ts';

/** Whether a slice type exists for a payload; `null` counts as there (RFC 9535 §2.3.5.2.1). */
export function holds(condition: Condition, payload: JsonObject): boolean {
  switch (condition.test) {
    case 'exists':
      return selectNodes(condition.selector, payload).length > 0;
    case 'equals':
      return selectNodes(condition.selector, payload).some((node) => isSame(node, condition.value));
    case 'in':
      return selectNodes(condition.selector, payload).some((node) =>
        condition.values.some((value) => isSame(node, value)),
      );
    case 'not':
      return !holds(condition.condition, payload);
    case 'all':
      return condition.conditions.every((inner) => holds(inner, payload));
    case 'any':
      return condition.conditions.some((inner) => holds(inner, payload));
  }
}

function isSame(left: JsonValue, right: JsonValue): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return left === right;
  return canonicalText(left) === canonicalText(right);
}
