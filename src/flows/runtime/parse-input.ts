import { validationError } from '../../domain/errors.ts';
import { showValue } from '../../domain/shown-value.ts';

/** What TypeScript promises of an input, checked for those who call from elsewhere. */

/** @throws `input.invalid` */
export function assertInput(operation: string, input: unknown): void {
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return;
  throw invalid(operation, 'one object with named members', showValue(input));
}

/** @throws `input.invalid` */
export function parseOneOf<Choice extends string>(name: string, value: Choice, allowed: readonly Choice[]): Choice {
  if (allowed.includes(value)) return value;
  throw invalid(name, `one of ${allowed.join(', ')}`, showValue(value));
}

/** @throws `input.invalid` */
export function parseText(name: string, value: string): string {
  if (typeof value === 'string') return value;
  throw invalid(name, 'a string', showValue(value));
}

/** A text that says something. @throws `input.invalid` */
export function parseStatement(name: string, value: string): string {
  const text = parseText(name, value).trim();
  if (text !== '') return text;
  throw validationError('input.invalid', `${name}: expected a text, found an empty one. Say it; it is recorded.`, {
    name,
  });
}

/** @throws `input.invalid` */
export function parseNumberFrom(name: string, value: number, min: number): number {
  if (typeof value === 'number' && value >= min) return value;
  throw invalid(name, `a number from ${min}`, showValue(value));
}

/** Tells a store or registry from a promise of one. @throws `input.invalid` */
export function parseAdapter<Adapter extends object>(name: string, adapter: Adapter, method: keyof Adapter): Adapter {
  if (typeof adapter === 'object' && adapter !== null && typeof adapter[method] === 'function') return adapter;
  const found = adapter instanceof Promise ? 'a promise of one: `await` it' : showValue(adapter);
  throw invalid(name, `a ${name}`, found);
}

function invalid(name: string, expected: string, found: string) {
  return validationError('input.invalid', `${name}: expected ${expected}, found ${found}. Mend the call.`, { name });
}
