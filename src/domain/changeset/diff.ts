/**
 * The canonical diff of two payloads (design: diff ops). RFC 6902 shaped, RFC 6901 pointers, no `move`, `copy` or
 * `test`; a keyed array is diffed as if it were an object with its items' keys, so that its places outlive its order.
 */
import { canonicalBytes } from '../canonical/canonicalize.ts';
import { appendToken } from '../canonical/json-pointer.ts';
import type { JsonArray, JsonObject, JsonValue } from '../canonical/json-value.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import type { SchemaShape } from '../contracts/compiled-contracts.ts';
import { childShape, isArray, isObject, itemsByKey } from './payload-places.ts';

export type DiffOp =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The operations that lead from one payload to the other, sorted by pointer bytes, then op. No op's pointer contains
 * another's, so they may be applied in any order. Values are equal when their canonical forms are (1 and 1.0, 0 and -0).
 *
 * @param before in canonical form under `shape`; `null`: nothing was there, or it was deleted
 * @param after likewise; `null`: deleted
 */
export function diffPayloads(before: JsonObject | null, after: JsonObject | null, shape: SchemaShape | null): DiffOp[] {
  if (before === null) return after === null ? [] : [{ op: 'add', path: '', value: after }];
  if (after === null) return [{ op: 'remove', path: '' }];
  const ops: DiffOp[] = [];
  diffObjects(before, after, '', shape, ops);
  // Paths are unique, so the op never has to decide.
  return ops.sort((a, b) => compareUtf8(a.path, b.path));
}

const COMMA = Buffer.from(',');
const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');
const END_OF_OP = Buffer.from('}');
const WHOLE_ADDED = Buffer.from('[{"op":"add","path":"","value":');
const END_OF_WHOLE = Buffer.from('}]');

/**
 * The canonical bytes of some ops. Written op by op: the value of one may be as deep as a payload may be, and inside
 * the list of ops it would be two levels too deep.
 *
 * @param whole the canonical bytes of a payload that appears as a whole, where they are at hand
 */
export function encodeDiffOps(ops: readonly DiffOp[], whole?: Uint8Array): Uint8Array {
  if (whole !== undefined && isWholeAdded(ops)) return Buffer.concat([WHOLE_ADDED, whole, END_OF_WHOLE]);
  const chunks: Uint8Array[] = [OPEN];
  for (const [index, op] of ops.entries()) {
    if (index > 0) chunks.push(COMMA);
    // RFC 8785 writes a well-formed string as ECMAScript does, and `op`, `path`, `value` are in its order.
    const head = `{"op":"${op.op}","path":${JSON.stringify(op.path)}`;
    if (op.op === 'remove') {
      chunks.push(Buffer.from(`${head}}`));
      continue;
    }
    chunks.push(Buffer.from(`${head},"value":`), canonicalBytes(op.value), END_OF_OP);
  }
  chunks.push(CLOSE);
  return Buffer.concat(chunks);
}

function isWholeAdded(ops: readonly DiffOp[]): boolean {
  return ops.length === 1 && ops[0]?.op === 'add' && ops[0].path === '';
}

function diffValues(before: JsonValue, after: JsonValue, path: string, shape: SchemaShape | null, ops: DiffOp[]): void {
  if (before === after) return;
  if (isObject(before) && isObject(after)) {
    diffObjects(before, after, path, shape, ops);
  } else if (isArray(before) && isArray(after) && shape?.array.kind === 'keyed') {
    const { items, array } = shape;
    diffKeyed(itemsByKey(before, array, path), itemsByKey(after, array, path), path, items, ops);
  } else if (!isEqual(before, after)) {
    ops.push({ op: 'replace', path, value: after });
  }
}

function diffObjects(
  before: JsonObject,
  after: JsonObject,
  path: string,
  shape: SchemaShape | null,
  ops: DiffOp[],
): void {
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) ops.push({ op: 'remove', path: appendToken(path, name) });
  }
  for (const name of Object.keys(after)) {
    // `name` is an own member of `after`.
    const value = after[name] as JsonValue;
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (old === value) continue;
    const place = appendToken(path, name);
    if (old === undefined) ops.push({ op: 'add', path: place, value });
    else diffValues(old, value, place, childShape(shape, name), ops);
  }
}

function diffKeyed(
  before: ReadonlyMap<string, JsonValue>,
  after: ReadonlyMap<string, JsonValue>,
  path: string,
  items: SchemaShape | null,
  ops: DiffOp[],
): void {
  for (const key of before.keys()) if (!after.has(key)) ops.push({ op: 'remove', path: appendToken(path, key) });
  for (const [key, value] of after) {
    const place = appendToken(path, key);
    const old = before.get(key);
    if (old === undefined) ops.push({ op: 'add', path: place, value });
    else diffValues(old, value, place, items, ops);
  }
}

/** By canonical form. Both come from canonical payloads, so `===` is enough for scalars (0 equals -0). */
function isEqual(before: JsonValue, after: JsonValue): boolean {
  if (before === after) return true;
  if (isArray(before)) return isArray(after) && areEqualLists(before, after);
  if (!isObject(before) || !isObject(after)) return false;
  const names = Object.keys(before);
  if (names.length !== Object.keys(after).length) return false;
  // Each `name` is an own member of `before`, and of `after` once that is known.
  return names.every(
    (name) => Object.hasOwn(after, name) && isEqual(before[name] as JsonValue, after[name] as JsonValue),
  );
}

function areEqualLists(before: JsonArray, after: JsonArray): boolean {
  if (before.length !== after.length) return false;
  // Both are as long.
  return before.every((item, index) => isEqual(item, after[index] as JsonValue));
}
