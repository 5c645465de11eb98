import { usageError } from './output/usage-error.ts';

/** What the command line gave, by the camel-case name of the flag. */
export interface Flags {
  text(name: string): string | undefined;
  /** Of a flag that takes several values; empty where it was not given. */
  texts(name: string): readonly string[];
  has(name: string): boolean;
  /** Whether its `--no-` form was given. */
  isDenied(name: string): boolean;
}

export function readFlags(values: Readonly<Record<string, unknown>>): Flags {
  return {
    text(name) {
      const value = values[name];
      return typeof value === 'string' ? value : undefined;
    },
    texts(name) {
      const value = values[name];
      return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
    },
    has: (name) => values[name] === true,
    isDenied: (name) => values[name] === false,
  };
}

/** A positive count. @throws `cli.usage` */
export function parseCount(text: string, name: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw usageError(`${name}: expected a positive whole number, found ${JSON.stringify(text)}. Write digits only.`);
}

/** A number as people write one; the runtime judges whether it is a version. @throws `cli.usage` */
export function parseNumber(text: string, name: string): number {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw usageError(`${name}: expected a number, found ${JSON.stringify(text)}. Write a version such as 3.`);
}

/** A version, or `active`, which is the rule set's newest committed one. @throws `cli.usage` */
export function parseReadVersion(text: string): number | 'active' {
  if (text === 'active') return 'active';
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  throw usageError(`--version: expected a number or "active", found ${JSON.stringify(text)}. Write one of them.`);
}
