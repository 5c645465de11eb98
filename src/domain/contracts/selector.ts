import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { Selector, SelectorSegment } from './selector-model.ts';

/**
 * Selectors at work: what they select from a value, and which places they contain. Parsing them is apart
 * (`parse-selector.ts`), because only loading a contract needs the parser.
 */

/** All selected values, in order; members of objects under `[*]` in RFC 8785 order (design: selectors). */
export function selectNodes(selector: Selector, value: JsonValue): readonly JsonValue[] {
  if (selector.isSingular) {
    const node = follow(selector.segments, value);
    return node === undefined ? [] : [node];
  }
  return selectAll(selector.segments, value);
}

/** The first selected value; `undefined` where there is none. */
export function selectOne(selector: Selector, value: JsonValue): JsonValue | undefined {
  return selector.isSingular ? follow(selector.segments, value) : selectAll(selector.segments, value)[0];
}

/**
 * What a field of a slice or view holds: a singular selector's value, or the array of all that a selector with `[*]`
 * selects. `undefined` where the value, or the place in front of the first `[*]`, is absent.
 */
export function selectField(selector: Selector, value: JsonValue): JsonValue | undefined {
  if (selector.isSingular) return follow(selector.segments, value);
  const { segments } = selector;
  const wildcardAt = segments.findIndex((segment) => segment.kind === 'wildcard');
  const place = follow(segments.slice(0, wildcardAt), value);
  return place === undefined ? undefined : selectAll(segments.slice(wildcardAt), place);
}

/**
 * Whether a change at a place concerns a selector: one contains the other, as when a list is replaced or a parent
 * removed (design: impact).
 *
 * @param pointerTokens the changed place, unescaped.
 */
export function changeMatches(selector: Selector, pointerTokens: readonly string[]): boolean {
  const { segments } = selector;
  const shared = Math.min(segments.length, pointerTokens.length);
  for (let index = 0; index < shared; index += 1) {
    // Both are at least `shared` long.
    if (!matchesToken(segments[index] as SelectorSegment, pointerTokens[index] as string)) return false;
  }
  return true;
}

/** Whether every place that `inner` names is one that `outer` names, or lies below one. */
export function patternContains(outer: readonly SelectorSegment[], inner: readonly SelectorSegment[]): boolean {
  return outer.length <= inner.length && outer.every((segment, index) => coversSegment(segment, inner[index]));
}

/** Whether two selectors name the same places in every value. */
export function isSamePattern(left: readonly SelectorSegment[], right: readonly SelectorSegment[]): boolean {
  return left.length === right.length && patternContains(left, right) && patternContains(right, left);
}

/** The shortest text that parses to these segments: `a.b[*]`, `$['odd name']`. */
export function formatSelector(segments: readonly SelectorSegment[]): string {
  const text = segments.map(formatSegment).join('');
  return text.startsWith('.') ? text.slice(1) : `$${text}`;
}

function follow(segments: readonly SelectorSegment[], value: JsonValue): JsonValue | undefined {
  let node: JsonValue | undefined = value;
  for (const segment of segments) {
    if (typeof node !== 'object' || node === null) return undefined;
    node = stepInto(segment, node);
  }
  return node;
}

function stepInto(segment: SelectorSegment, node: readonly JsonValue[] | JsonObject): JsonValue | undefined {
  if (segment.kind === 'name')
    return !isArray(node) && Object.hasOwn(node, segment.name) ? node[segment.name] : undefined;
  return segment.kind === 'index' && isArray(node) ? node[segment.index] : undefined;
}

function selectAll(segments: readonly SelectorSegment[], value: JsonValue): readonly JsonValue[] {
  let nodes: readonly JsonValue[] = [value];
  for (const segment of segments) nodes = nodes.flatMap((node) => children(segment, node));
  return nodes;
}

function children(segment: SelectorSegment, node: JsonValue): readonly JsonValue[] {
  if (typeof node !== 'object' || node === null) return [];
  if (segment.kind !== 'wildcard') {
    const child = stepInto(segment, node);
    // In an array of its own: flatMap would take an array that is the child itself apart.
    return child === undefined ? [] : [child];
  }
  if (isArray(node)) return node;
  // Without a comparator, sort() compares UTF-16 units: RFC 8785's order. Every name is the object's own.
  return Object.keys(node)
    .sort()
    .map((name) => node[name] as JsonValue);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isArray(node: readonly JsonValue[] | JsonObject): node is readonly JsonValue[] {
  return Array.isArray(node);
}

function matchesToken(segment: SelectorSegment, token: string): boolean {
  if (segment.kind === 'wildcard') return true;
  return segment.kind === 'name' ? segment.name === token : String(segment.index) === token;
}

function coversSegment(outer: SelectorSegment, inner: SelectorSegment | undefined): boolean {
  if (inner === undefined) return false;
  if (outer.kind === 'wildcard') return true;
  if (outer.kind === 'name') return inner.kind === 'name' && inner.name === outer.name;
  return inner.kind === 'index' && inner.index === outer.index;
}

function formatSegment(segment: SelectorSegment): string {
  if (segment.kind === 'wildcard') return '[*]';
  if (segment.kind === 'index') return `[${segment.index}]`;
  return PLAIN_NAME.test(segment.name) ? `.${segment.name}` : `[${quoteName(segment.name)}]`;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** RFC 9535 §2.3.1.1, in single quotes. */
function quoteName(name: string): string {
  return `'${JSON.stringify(name).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
