/** The compliance suite of RFC 9535, which lies beside the checkout: our subset answers as it says, the rest is refused. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { parseSelector } from '../../../src/domain/contracts/parse-selector.ts';
import { selectNodes } from '../../../src/domain/contracts/selector.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';

const SUITE = join(import.meta.dirname, '../../../../shared/data/rfc9535-cts.json.gz');

type Case = { readonly name: string; readonly selector: string } & (
  | { readonly invalid_selector: true }
  // More than one where the RFC leaves an order open.
  | { readonly document: JsonValue; readonly result?: JsonValue; readonly results?: readonly JsonValue[] }
);

/** What a valid query outside the subset has: `..`, a union, a slice, a filter, a negative index. */
const OUTSIDE = /\.\.|,|:|\?|\[\s*-/;

const isThere = existsSync(SUITE);

describe.skipIf(!isThere)('the compliance suite of RFC 9535', () => {
  const tests = isThere ? readSuite() : [];
  const valid = tests.flatMap((each) => ('document' in each ? [each] : []));
  const ours = valid.filter(({ selector }) => refusalOf(selector) === null);

  it('holds hundreds of queries, dozens of them in the subset', () => {
    expect(tests.length).toBeGreaterThan(600);
    expect(ours.length).toBeGreaterThan(70);
  });

  it.each(ours)('$name: selects what it says', ({ selector, document, result, results }) => {
    expect(results ?? [result]).toContainEqual(selectNodes(parseSelector(selector), document));
  });

  it('has no valid query that is refused as invalid', () => {
    expect(valid.filter(({ selector }) => refusalOf(selector) === 'selector.invalid')).toEqual([]);
  });

  it('has no query inside the subset that is refused as outside', () => {
    const refused = valid.filter(({ selector }) => refusalOf(selector) === 'selector.unsupported');
    expect(refused.filter(({ selector }) => !OUTSIDE.test(selector))).toEqual([]);
  });

  it('has no invalid query that is accepted', () => {
    const invalid = tests.filter((each) => 'invalid_selector' in each);
    expect(invalid.filter(({ selector }) => refusalOf(selector) !== 'selector.invalid')).toEqual([]);
  });
});

function readSuite(): readonly Case[] {
  return JSON.parse(gunzipSync(readFileSync(SUITE)).toString()).tests;
}

function refusalOf(selector: string): string | null {
  try {
    parseSelector(selector);
    return null;
  } catch (error) {
    if (isSlicewiseError(error)) return error.code;
    throw error;
  }
}
