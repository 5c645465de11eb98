/** The inverse of the diff: old payload and ops give the new payload, byte for byte. */
import { appendToken, parsePointer } from '../../src/domain/canonical/json-pointer.ts';
import type { JsonObject, JsonValue } from '../../src/domain/canonical/json-value.ts';
import { compareUtf8 } from '../../src/domain/canonical/key-order.ts';
import type { DiffOp } from '../../src/domain/changeset/diff.ts';
import { childShape, isArray, isObject, itemsByKey } from '../../src/domain/changeset/payload-places.ts';
import type { SchemaShape } from '../../src/domain/contracts/compiled-contracts.ts';
import { invariantViolation, type SlicewiseError } from '../../src/domain/errors.ts';

/** Ops by token: either one op for the whole place, or ops below it. */
interface OpTree {
  op: DiffOp | null;
  readonly below: Map<string, OpTree>;
}

/**
 * Applies ops, in any order, without changing its input; keyed arrays stay sorted.
 *
 * @param before a payload in canonical form under `shape`; `null`: nothing there
 * @throws `changeset.does_not_apply` (InvariantViolation) where an op speaks of what is not there, or two overlap
 */
export function applyDiff(
  before: JsonObject | null,
  ops: readonly DiffOp[],
  shape: SchemaShape | null,
): JsonObject | null {
  const root: OpTree = { op: null, below: new Map() };
  for (const op of ops) plant(op, root);
  const after = applyTree(before ?? undefined, root, { path: '', shape });
  if (after === undefined) return null;
  if (!isObject(after)) throw doesNotApply('', 'a payload that is an object', 'another value');
  return after;
}

interface Place {
  readonly path: string;
  readonly shape: SchemaShape | null;
}

function plant(op: DiffOp, root: OpTree): void {
  let tree = root;
  for (const token of parsePointer(op.path)) {
    if (tree.op !== null)
      throw doesNotApply(op.path, 'ops that do not overlap', `one at ${JSON.stringify(tree.op.path)}`);
    let next = tree.below.get(token);
    if (next === undefined) {
      next = { op: null, below: new Map() };
      tree.below.set(token, next);
    }
    tree = next;
  }
  if (tree.op !== null || tree.below.size > 0)
    throw doesNotApply(op.path, 'ops that do not overlap', 'another there or below');
  tree.op = op;
}

/** `undefined`: nothing there, before and after. */
function applyTree(value: JsonValue | undefined, tree: OpTree, place: Place): JsonValue | undefined {
  if (tree.op !== null) return applyOp(value, tree.op);
  if (tree.below.size === 0) return value;
  if (value !== undefined && isObject(value)) return applyToObject(value, tree, place);
  if (value !== undefined && isArray(value) && place.shape?.array.kind === 'keyed') {
    const items = itemsByKey(value, place.shape.array, place.path);
    const changed = applyToMembers(items, tree, place.path, () => place.shape?.items ?? null);
    return [...changed].sort(([a], [b]) => compareUtf8(a, b)).map(([, item]) => item);
  }
  throw doesNotApply(place.path, 'an object or a keyed array', value === undefined ? 'nothing' : 'another value');
}

function applyToObject(value: JsonObject, tree: OpTree, { path, shape }: Place): JsonObject {
  const members = applyToMembers(new Map(Object.entries(value)), tree, path, (name) => childShape(shape, name));
  // Defines own members, `__proto__` too.
  return Object.fromEntries(members);
}

function applyToMembers(
  members: Map<string, JsonValue>,
  tree: OpTree,
  outer: string,
  shapeOf: (token: string) => SchemaShape | null,
): Map<string, JsonValue> {
  for (const [token, below] of tree.below) {
    const place = { path: appendToken(outer, token), shape: shapeOf(token) };
    const after = applyTree(members.get(token), below, place);
    if (after === undefined) members.delete(token);
    else members.set(token, after);
  }
  return members;
}

function applyOp(value: JsonValue | undefined, op: DiffOp): JsonValue | undefined {
  const isThere = value !== undefined;
  if (isThere !== (op.op !== 'add')) {
    throw doesNotApply(
      op.path,
      `${op.op === 'add' ? 'nothing' : 'a value'} to ${op.op}`,
      isThere ? 'a value' : 'nothing',
    );
  }
  return op.op === 'remove' ? undefined : op.value;
}

function doesNotApply(path: string, expected: string, found: string): SlicewiseError {
  return invariantViolation(
    'changeset.does_not_apply',
    `diff at ${JSON.stringify(path)}: expected ${expected}, found ${found}. ` +
      'Apply a ChangeSet only to the payload of its from version, under its rule set’s schema.',
    { pointer: path },
  );
}
