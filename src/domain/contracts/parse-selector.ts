import { compile, JSONPathError, type JSONPathQuery, jsonpath } from 'json-p3';
import { contractError, type SlicewiseError } from '../errors.ts';
import { quoteText } from '../shown-value.ts';
import type { Selector, SelectorSegment } from './selector-model.ts';

/** The `details` of a refused selector. */
export interface SelectorRefusal {
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

const TEXT_LENGTH_MAX = 1024;

/**
 * Parses a contract's selector: RFC 9535, restricted to singular queries and `[*]` (rfc-v4-001 §9-2).
 * A text that does not start with `$` is short for one behind `$.` (or `$` where it starts with `[`).
 *
 * @throws `selector.invalid` (no RFC 9535 query), `selector.unsupported` (one outside the subset)
 */
export function parseSelector(text: string): Selector {
  if (text.length > TEXT_LENGTH_MAX)
    throw invalid(text, `it is ${text.length} characters long, ${TEXT_LENGTH_MAX} at most`);
  const segments = compileQuery(text).segments.map((segment) => {
    // The package does not export its segment classes; only a descendant segment is written with two dots.
    if (segment.toString().startsWith('..')) throw unsupported(text, 'a descendant segment (`..`)');
    const [selector, second] = segment.selectors;
    if (selector === undefined || second !== undefined) throw unsupported(text, 'a union (`[a, b]`)');
    return segmentOf(text, selector);
  });
  return { text, segments, isSingular: segments.every((segment) => segment.kind !== 'wildcard') };
}

function compileQuery(text: string): JSONPathQuery {
  try {
    return compile(fullQueryOf(text));
  } catch (error) {
    if (error instanceof JSONPathError || error instanceof SyntaxError) throw invalid(text, error.message);
    // A text that exhausts the parser's stack is no selector either.
    if (error instanceof RangeError) throw invalid(text, 'it is nested too deeply');
    throw error;
  }
}

function fullQueryOf(text: string): string {
  if (text.startsWith('$')) return text;
  return text.startsWith('[') ? `$${text}` : `$.${text}`;
}

function segmentOf(text: string, selector: jsonpath.JSONPathSelector): SelectorSegment {
  const { NameSelector, IndexSelector, WildcardSelector, SliceSelector } = jsonpath.selectors;
  if (selector instanceof NameSelector) {
    if (!selector.name.isWellFormed()) throw invalid(text, 'a name holds a lone surrogate');
    return { kind: 'name', name: selector.name };
  }
  if (selector instanceof WildcardSelector) return { kind: 'wildcard' };
  if (selector instanceof IndexSelector) {
    if (selector.index < 0) throw unsupported(text, `the negative index [${selector.index}]`);
    return { kind: 'index', index: selector.index };
  }
  throw unsupported(text, selector instanceof SliceSelector ? 'an array slice (`[a:b]`)' : 'a filter (`[?…]`)');
}

function invalid(text: string, why: string): SlicewiseError {
  return refusal('selector.invalid', {
    expected: "an RFC 9535 path such as brand_id, variants[*].price or $['odd name']",
    found: `${quoteText(text)}, which does not parse: ${why}`,
    advice: "Mend the path; put names with other characters into ['…'].",
  });
}

function unsupported(text: string, found: string): SlicewiseError {
  return refusal('selector.unsupported', {
    expected: 'a path of member names, [n] and [*] only',
    found: `${quoteText(text)}, which has ${found}`,
    advice: 'Select the place above it, or list the places one by one.',
  });
}

function refusal(code: string, parts: SelectorRefusal): SlicewiseError {
  const message = `selector: expected ${parts.expected}, found ${parts.found}. ${parts.advice}`;
  return contractError(code, message, { ...parts });
}
