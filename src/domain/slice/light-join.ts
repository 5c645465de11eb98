import { type ContentHash, hashCanonical } from '../canonical/hash.ts';
import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { CompiledRuleSet, FieldRule, JoinRule } from '../contracts/compiled-contracts.ts';
import { selectField, selectOne } from '../contracts/selector.ts';
import { validationError } from '../errors.ts';
import { type EntityKey, problemOfEntityKey, type Version } from '../identity.ts';
import type { Pin, Pins } from '../records.ts';
import { quoteText, showValue } from '../shown-value.ts';

/** Light JOIN: MANY_TO_ONE or ONE_TO_ONE, one hop, at slice build only (rfc-v4-001 §10). */

/** Which source a payload names under a join; `null`: it names none. */
export interface JoinKey {
  readonly join: JoinRule;
  readonly entityKey: EntityKey | null;
}

/** What lies under a join's key, as its version rule resolved it. */
export type JoinedSource =
  | { readonly state: 'absent' }
  /** Deleted, or a tombstone slice: there on purpose, with nothing in it. */
  | { readonly state: 'empty'; readonly version: Version; readonly hash: ContentHash }
  | { readonly state: 'present'; readonly version: Version; readonly hash: ContentHash; readonly payload: JsonObject };

export interface ResolvedJoin {
  readonly join: JoinRule;
  readonly pin: Pin;
  /** `null` where there is nothing to project from. */
  readonly projection: JsonObject | null;
}

export type ResolvedJoins = ReadonlyMap<string, ResolvedJoin>;

/** Of a source that gave nothing: absent, deleted, tombstoned. */
export const NO_PROJECTION_HASH = hashCanonical(null);

/**
 * The sources that a payload names, one per join, in join order.
 * @throws `join.key_invalid` where the value cannot be part of an entity key.
 */
export function joinKeysOf(ruleSet: CompiledRuleSet, payload: JsonObject | null): readonly JoinKey[] {
  return ruleSet.joins.map((join) => ({ join, entityKey: payload === null ? null : joinKeyOf(join, payload) }));
}

function joinKeyOf(join: JoinRule, payload: JsonObject): EntityKey | null {
  const value = selectOne(join.keyPath, payload);
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') throw invalidKey(join, showValue(value));
  const key = `${join.keyPrefix}${String(value)}${join.keySuffix}`;
  const problem = problemOfEntityKey(key);
  if (problem !== null) throw invalidKey(join, `${showValue(value)}, which makes ${quoteText(key)}: ${problem}`);
  // Checked just above.
  return key as EntityKey;
}

function invalidKey(join: JoinRule, found: string) {
  return validationError(
    'join.key_invalid',
    `join ${join.name}, ${join.keyPath.text}: expected a string, number or boolean that names one ${join.entityType}, ` +
      `found ${found}. Mend the payload, or the join's keyResolver.`,
    { join: join.name, path: join.keyPath.text },
  );
}

/** Of what a join takes from its source; absent, deleted and tombstoned sources all project nothing. */
export function projectionHashOf(join: JoinRule, source: JoinedSource): ContentHash {
  return source.state === 'present' ? projectionOf(join, source.payload).projectionHash : NO_PROJECTION_HASH;
}

interface Projection {
  readonly projection: JsonObject;
  readonly projectionHash: ContentHash;
}

/** A source that was read once is joined by many: join → payload → what it takes from it. */
const projections = new WeakMap<JoinRule, WeakMap<JsonObject, Projection>>();

function projectionOf(join: JoinRule, payload: JsonObject): Projection {
  const ofJoin = projections.get(join) ?? new WeakMap<JsonObject, Projection>();
  projections.set(join, ofJoin);
  const known = ofJoin.get(payload);
  if (known !== undefined) return known;
  const projection = projectFields(join.projection, payload);
  const projected = { projection, projectionHash: hashCanonical(projection, 'made') };
  ofJoin.set(payload, projected);
  return projected;
}

/** Projects a source and pins it; what the entity does not name, or what is not there, is pinned too (rfc-v4-001 §10-2). */
export function resolveJoin(key: JoinKey, source: JoinedSource): ResolvedJoin {
  if (source.state !== 'present') {
    const found = source.state === 'absent' ? { version: null, hash: null } : source;
    return {
      join: key.join,
      pin: { entityKey: key.entityKey, version: found.version, hash: found.hash, projectionHash: NO_PROJECTION_HASH },
      projection: null,
    };
  }
  const { projection, projectionHash } = projectionOf(key.join, source.payload);
  const { version, hash } = source;
  return { join: key.join, pin: { entityKey: key.entityKey, version, hash, projectionHash }, projection };
}

/** The named fields that are present, in name order. A field that is absent is omitted, one that is `null` stays. */
export function projectFields(fields: readonly FieldRule[], payload: JsonObject): JsonObject {
  const projection: Record<string, JsonValue> = {};
  for (const { name, selector } of fields) {
    const value = selectField(selector, payload);
    if (value === undefined) continue;
    // Assigned, it would be the prototype and no member.
    if (name === '__proto__') Object.defineProperty(projection, name, { value, ...OWN_MEMBER });
    else projection[name] = value;
  }
  return projection;
}

const OWN_MEMBER = { enumerable: true, configurable: true, writable: true } as const;

export function pinsOf(joins: ResolvedJoins): Pins {
  return Object.fromEntries([...joins].map(([name, resolved]) => [name, resolved.pin]));
}
