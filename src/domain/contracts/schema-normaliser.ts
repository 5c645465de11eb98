/**
 * Brings a payload into its schema's canonical order: sets sorted and de-duplicated by canonical bytes, keyed arrays
 * sorted by key, inner arrays first (rfc-v4-002 §1-1, design: arrays). Runs before the I-JSON check, so it takes
 * nothing for granted: whatever is not plain JSON is left as it is, for that check to name its place, and no getter is
 * ever called.
 */
import { canonicalRawDataBytes, canonicalText } from '../canonical/canonicalize.ts';
import { appendToken, parsePointer } from '../canonical/json-pointer.ts';
import { isPlainArray, isPlainObject, type JsonObject, lookupGetter } from '../canonical/json-value.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import { isSlicewiseError, type SlicewiseError, validationError } from '../errors.ts';
import { quoteText } from '../shown-value.ts';
import type { ArrayKind, SchemaShape } from './compiled-contracts.ts';

/** What has to be sorted at a place and below it. */
interface Plan {
  array: 'list' | 'set' | 'keyed';
  /** From an item to its key. */
  keyTokens: readonly string[];
  keyPointer: string;
  items: Plan | null;
  members: (readonly [string, Plan])[];
  /** Names that `others` does not concern. */
  named: ReadonlySet<string>;
  others: Plan | null;
}

/** Deeper documents are refused by the I-JSON check. */
const DEPTH_MAX = 256;
const SHOWN_KEY_MAX = 40;

/** A part of a shape that this module needs; also what a shape in the making has. */
interface ShapeLinks {
  readonly array: ArrayKind;
  readonly items: ShapeLinks | null;
  readonly properties: ReadonlyMap<string, ShapeLinks | null>;
  readonly others: ShapeLinks | null;
}

/**
 * The normaliser of a schema. It shares what it does not change and returns its input where nothing changes.
 * @throws (the returned function) `rawdata.array_key_invalid`, `rawdata.array_key_duplicate`
 */
export function createNormaliser(shape: SchemaShape | null): (payload: JsonObject) => JsonObject {
  const plan = planOf(shape);
  if (plan === null) return (payload) => payload;
  return (payload) => {
    const normalised = normaliseValue(payload, plan, []);
    // An object is only ever replaced by a copy of itself.
    return normalised as JsonObject;
  };
}

/** Those of some shapes (given with all that they link to) at or below which an array is a set or keyed. */
export function shapesSorted<Shape extends ShapeLinks>(shapes: Iterable<Shape>): ReadonlySet<ShapeLinks> {
  const all = [...shapes];
  const sorted = new Set<ShapeLinks>(all.filter(({ array }) => array.kind !== 'list'));
  for (let size = -1; size !== sorted.size; ) {
    size = sorted.size;
    for (const shape of all) if (linksOf(shape).some((link) => sorted.has(link))) sorted.add(shape);
  }
  return sorted;
}

function linksOf(shape: ShapeLinks): ShapeLinks[] {
  return [shape.items, shape.others, ...shape.properties.values()].filter((link) => link !== null);
}

function planOf(root: SchemaShape | null): Plan | null {
  if (root === null) return null;
  const reachable = new Set<ShapeLinks>([root]);
  // A set that grows while it is walked is walked to its end.
  for (const shape of reachable) for (const link of linksOf(shape)) reachable.add(link);
  const plans = new Map<ShapeLinks, Plan>();
  for (const shape of shapesSorted(reachable)) plans.set(shape, emptyPlan(shape.array));
  for (const [shape, plan] of plans) {
    plan.items = (shape.items && plans.get(shape.items)) ?? null;
    plan.others = (shape.others && plans.get(shape.others)) ?? null;
    plan.named = new Set(shape.properties.keys());
    plan.members = [...shape.properties].flatMap(([name, member]) => {
      const memberPlan = member && plans.get(member);
      return memberPlan ? [[name, memberPlan] as const] : [];
    });
  }
  return plans.get(root) ?? null;
}

function emptyPlan(array: ArrayKind): Plan {
  const keyPointer = array.kind === 'keyed' ? array.pointer : '';
  const keyTokens = parsePointer(keyPointer);
  return { array: array.kind, keyTokens, keyPointer, items: null, members: [], named: new Set(), others: null };
}

/** The containers around a value, outermost first, each with the token that leads on. */
type Trail = { readonly container: object; token: string | number }[];

function normaliseValue(value: unknown, plan: Plan, trail: Trail): unknown {
  if (typeof value !== 'object' || value === null || trail.length === DEPTH_MAX) return value;
  if (trail.some(({ container }) => container === value)) return value;
  if (isPlainArray(value)) return normaliseArray(value, plan, trail);
  return isPlainObject(value) ? normaliseObject(value, plan, trail) : value;
}

function normaliseObject(value: Readonly<Record<string, unknown>>, plan: Plan, trail: Trail): unknown {
  const place = { container: value, token: '' };
  const changed: [string, unknown][] = [];
  const visit = (name: string, memberPlan: Plan): void => {
    const member = memberOf(value, name);
    if (typeof member !== 'object' || member === null) return;
    place.token = name;
    const normalised = normaliseValue(member, memberPlan, trail);
    if (normalised !== member) changed.push([name, normalised]);
  };
  trail.push(place);
  for (const [name, memberPlan] of plan.members) visit(name, memberPlan);
  if (plan.others !== null) for (const name of Object.keys(value)) if (!plan.named.has(name)) visit(name, plan.others);
  trail.pop();
  return changed.length === 0 ? value : withMembers(value, changed);
}

/** What the I-JSON check will see under a name, uncalled: no accessor, nothing that is not enumerable. */
function memberOf(value: object, name: string): unknown {
  const property = Object.getOwnPropertyDescriptor(value, name);
  return property?.enumerable ? property.value : undefined;
}

/** A copy with other members under some names; the object itself where a getter would have to be called for it. */
function withMembers(value: object, changed: readonly (readonly [string, unknown])[]): object {
  const copy: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (property === undefined || !('value' in property)) return value;
    setMember(copy, name, property.value);
  }
  for (const [name, member] of changed) setMember(copy, name, member);
  return copy;
}

function setMember(copy: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') copy[name] = value;
  else Object.defineProperty(copy, name, { value, enumerable: true, writable: true, configurable: true });
}

function normaliseArray(value: readonly unknown[], plan: Plan, trail: Trail): unknown {
  const given = itemsOf(value);
  if (given === null) return value;
  const items = plan.items === null ? given : normaliseItems(value, given, plan.items, trail);
  const sorted = sortItems(items, plan, trail);
  return sorted === given ? value : sorted;
}

/**
 * The items of an array, read index by index; `null` where one is a hole or an accessor, or a member is no item:
 * sorting would lose what has to be refused.
 */
function itemsOf(value: readonly unknown[]): readonly unknown[] | null {
  const names = Object.keys(value);
  // Indexes come first, so as many names as items of which the last is the last index are the indexes.
  if (names.length !== value.length || (names.length > 0 && names.at(-1) !== String(names.length - 1))) return null;
  const items: unknown[] = [];
  for (let index = 0; index < names.length; index += 1) {
    if (lookupGetter.call(value, index) !== undefined) return null;
    items.push(value[index]);
  }
  return items;
}

function sortItems(items: readonly unknown[], plan: Plan, trail: Trail): readonly unknown[] {
  if (plan.array === 'set') return sortSet(items);
  return plan.array === 'keyed' ? sortKeyed(items, plan, trail) : items;
}

function normaliseItems(
  container: readonly unknown[],
  items: readonly unknown[],
  plan: Plan,
  trail: Trail,
): readonly unknown[] {
  const place = { container, token: 0 };
  let copy: unknown[] | null = null;
  trail.push(place);
  for (const [index, item] of items.entries()) {
    place.token = index;
    const normalised = normaliseValue(item, plan, trail);
    if (normalised === item) continue;
    copy ??= [...items];
    copy[index] = normalised;
  }
  trail.pop();
  return copy ?? items;
}

interface Entry {
  readonly key: string;
  readonly item: unknown;
}

function sortSet(items: readonly unknown[]): readonly unknown[] {
  if (isAscending(items, canonicalKey)) return items;
  const entries: Entry[] = [];
  for (const item of items) {
    const key = canonicalKey(item);
    if (key === null) return items;
    entries.push({ key, item });
  }
  entries.sort((a, b) => compareUtf8(a.key, b.key));
  return entries.filter(({ key }, at) => key !== entries[at - 1]?.key).map(({ item }) => item);
}

/** An item's canonical form; `null` where it has none, which the I-JSON check will say with its place. */
function canonicalKey(item: unknown): string | null {
  // RFC 8785 takes both from ECMAScript's own serialization.
  if (typeof item === 'string') return item.isWellFormed() ? JSON.stringify(item) : null;
  if (typeof item === 'number') return Math.abs(item) <= Number.MAX_SAFE_INTEGER ? String(item) : canonicalKeyOf(item);
  return canonicalKeyOf(item);
}

function canonicalKeyOf(item: unknown): string | null {
  try {
    // Through the stricter check, so that an item that will be refused keeps its index until then.
    canonicalRawDataBytes({ item });
    return canonicalText(item);
  } catch (error) {
    if (isSlicewiseError(error)) return null;
    throw error;
  }
}

function sortKeyed(items: readonly unknown[], plan: Plan, trail: Trail): readonly unknown[] {
  if (isAscending(items, (item) => keyOf(item, plan.keyTokens))) return items;
  const entries: Entry[] = [];
  const indexes = new Map<string, number>();
  for (const [index, item] of items.entries()) {
    const key = keyOf(item, plan.keyTokens);
    if (key === null) throw keyInvalid(appendToken(pointerOf(trail), index), plan);
    const first = indexes.get(key);
    if (first !== undefined) throw keyDuplicate(pointerOf(trail), [first, index], key, plan);
    indexes.set(key, index);
    entries.push({ key, item });
  }
  return entries.sort((a, b) => compareUtf8(a.key, b.key)).map(({ item }) => item);
}

/** The string that tokens lead to through plain objects; `null` where there is none. */
export function keyOf(item: unknown, tokens: readonly string[]): string | null {
  let value = item;
  for (const token of tokens) {
    if (!isPlainObject(value)) return null;
    value = memberOf(value, token);
  }
  return typeof value === 'string' ? value : null;
}

/** Whether every item has a key that is above the one before: what was stored once is, and needs nothing more. */
function isAscending(items: readonly unknown[], keyFor: (item: unknown) => string | null): boolean {
  let previous: string | null = null;
  for (const item of items) {
    const key = keyFor(item);
    if (key === null || (previous !== null && compareUtf8(previous, key) >= 0)) return false;
    previous = key;
  }
  return true;
}

function pointerOf(trail: Trail): string {
  return trail.reduce((pointer, { token }) => appendToken(pointer, token), '');
}

function keyInvalid(pointer: string, plan: Plan): SlicewiseError {
  return validationError(
    'rawdata.array_key_invalid',
    `payload at ${JSON.stringify(pointer)}: expected an object with a string at ${plan.keyPointer}, by which the ` +
      'array is keyed, found none. Give every item its key, or change the array kind in the schema.',
    { pointer, keyPointer: plan.keyPointer },
  );
}

function keyDuplicate(array: string, [before, at]: readonly [number, number], key: string, plan: Plan): SlicewiseError {
  const pointer = appendToken(array, at);
  const first = appendToken(array, before);
  const shown = quoteText(key, SHOWN_KEY_MAX);
  return validationError(
    'rawdata.array_key_duplicate',
    `payload at ${JSON.stringify(pointer)}: expected a key of its own at ${plan.keyPointer}, found ${shown} as at ` +
      `${JSON.stringify(first)}. Merge the two items, or give one of them another key.`,
    { pointer, first, keyPointer: plan.keyPointer },
  );
}
