import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import type { Condition } from '../../../src/domain/contracts/compiled-contracts.ts';
import { parseSelector } from '../../../src/domain/contracts/parse-selector.ts';
import { holds } from '../../../src/domain/slice/condition.ts';

const PAYLOAD: JsonObject = { a: 1, empty: null, list: [1, 'two', { c: 3 }], nested: { b: [] }, none: [] };

const exists = (path: string): Condition => ({ test: 'exists', selector: parseSelector(path) });
const equals = (path: string, value: JsonValue): Condition => ({
  test: 'equals',
  selector: parseSelector(path),
  value,
});
const oneOf = (path: string, ...values: readonly JsonValue[]): Condition => ({
  test: 'in',
  selector: parseSelector(path),
  values,
});
const not = (condition: Condition): Condition => ({ test: 'not', condition });

describe('a condition', () => {
  it.each([
    { says: 'exists where the path selects something', condition: exists('a'), is: true },
    { says: 'exists where it selects null', condition: exists('empty'), is: true },
    { says: 'does not exist where nothing is selected', condition: exists('b'), is: false },
    { says: 'exists below [*] where something is', condition: exists('list[*].c'), is: true },
    { says: 'does not exist in an empty list', condition: exists('none[*]'), is: false },
    { says: 'equals a scalar', condition: equals('a', 1), is: true },
    { says: 'equals no scalar of another type', condition: equals('a', '1'), is: false },
    { says: 'equals null where null is', condition: equals('empty', null), is: true },
    { says: 'equals no null where nothing is', condition: equals('b', null), is: false },
    { says: 'equals an object, whatever the order of its members', condition: equals('nested', { b: [] }), is: true },
    { says: 'equals a list in its order', condition: equals('list', [1, 'two', { c: 3 }]), is: true },
    { says: 'equals no list in another order', condition: equals('list', ['two', 1, { c: 3 }]), is: false },
    { says: 'equals where any selected value does', condition: equals('list[*]', 'two'), is: true },
    { says: 'is in a list of values', condition: oneOf('a', 0, 1), is: true },
    { says: 'is not in values that do not hold it', condition: oneOf('a', 0, '1', null), is: false },
    { says: 'is not what it denies', condition: not(exists('a')), is: false },
    { says: 'denies what is not', condition: not(equals('b', 1)), is: true },
  ])('$says', ({ condition, is }) => {
    expect(holds(condition, PAYLOAD)).toBe(is);
  });

  it.each([
    { conditions: [true, true], all: true, any: true },
    { conditions: [true, false], all: false, any: true },
    { conditions: [false, false], all: false, any: false },
  ])('of $conditions: all $all, any $any', ({ conditions, all, any }) => {
    const inner = conditions.map((is) => (is ? exists('a') : exists('b')));
    expect(holds({ test: 'all', conditions: inner }, PAYLOAD)).toBe(all);
    expect(holds({ test: 'any', conditions: inner }, PAYLOAD)).toBe(any);
  });
});
