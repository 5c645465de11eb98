/** What a commit must hold, computed from the accepted inputs alone, the naive way. */
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { Pins } from '../../../src/domain/records.ts';
import {
  asJson,
  type ExpectedPin,
  hashOf,
  indexKeysOf,
  type ResolvedJoin,
  slicePayload,
  wantedVersion,
} from '../../laws/support/oracle.ts';
import { canonicalTextOf, fieldValuesOf, selectAll, sha256Of } from '../../laws/support/oracle-values.ts';
import type { JoinModel, RuleSetModel } from '../../support/arbitraries/rule-sets.ts';
import { BRAND_RULES, refOf } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';

export interface SlicedVersion {
  readonly tenantId: string;
  readonly entityKey: string;
  readonly model: RuleSetModel;
  readonly version: number;
}

export interface ExpectedSlices {
  readonly slices: Readonly<Record<string, string>>;
  /** Slice type → payload; `null`: a tombstone. */
  readonly payloads: ReadonlyMap<string, JsonObject | null>;
  readonly pins: Readonly<Record<string, ExpectedPin>>;
  readonly indexKeys: readonly string[];
}

/** What lies under a join key. */
interface Source {
  readonly version: number | null;
  readonly hash: string | null;
  readonly payload: JsonObject | null;
}

const ABSENT: Source = { version: null, hash: null, payload: null };

/** From the sources that a commit says it used (L4). `refused`: its joins demand a source that was not there. */
export function recomputeFromPins(ledger: Ledger, sliced: SlicedVersion, pins: Pins): ExpectedSlices | 'refused' {
  const names = sliced.model.joins.map(({ name }) => name).sort();
  if (Object.keys(pins).sort().join() !== names.join()) {
    throw new Violation(
      'L4 every join is pinned, absent sources too',
      `${nameOf(sliced)}: joins ${names.join(', ') || 'none'}, pins ${Object.keys(pins).join(', ') || 'none'}`,
    );
  }
  return compute(ledger, sliced, (join, entityKey) =>
    pinnedSource(ledger, sliced, join, { ...pins[join.name], entityKey }),
  );
}

/** From what the sources are now. */
export function recomputeNow(ledger: Ledger, sliced: SlicedVersion): ExpectedSlices | 'refused' {
  return compute(ledger, sliced, (join, entityKey) => sourceNow(ledger, sliced, join, entityKey));
}

export function manifestHashOf(sliced: SlicedVersion, revision: number, expected: ExpectedSlices): string {
  const { tenantId, entityKey, model, version } = sliced;
  const ruleSet = { id: model.id, version: model.version };
  const { slices, pins } = expected;
  return sha256Of(canonicalTextOf({ tenantId, entityKey, ruleSet, version, revision, slices, pins: asJson(pins) }));
}

export function nameOf({ entityKey, model, version }: SlicedVersion): string {
  return `${entityKey} ${refOf(model)} v${version}`;
}

function compute(
  ledger: Ledger,
  sliced: SlicedVersion,
  sourceOf: (join: JoinModel, entityKey: string) => Source,
): ExpectedSlices | 'refused' {
  const { model } = sliced;
  const known = ledger.versionOf(sliced.entityKey, sliced.version);
  if (known === undefined) throw new Violation('L5 what is sliced is in', nameOf(sliced));
  const joins = new Map(model.joins.map((join) => [join.name, resolve(join, known.payload, sourceOf)] as const));
  const payloads = new Map<string, JsonObject | null>();
  for (const slice of model.slices) {
    const payload = known.payload === null ? null : slicePayload(slice, known.payload, joins);
    if (payload === 'refused') return 'refused';
    payloads.set(slice.type, payload);
  }
  return {
    payloads,
    slices: Object.fromEntries(
      [...payloads].map(([type, payload]) => [type, sha256Of(canonicalTextOf(payload), model.id, model.version)]),
    ),
    pins: Object.fromEntries([...joins].map(([name, { pin }]) => [name, pin])),
    indexKeys: indexKeysOf(model, payloads, joins),
  };
}

function resolve(
  join: JoinModel,
  payload: JsonObject | null,
  sourceOf: (join: JoinModel, entityKey: string) => Source,
): ResolvedJoin {
  const value = payload === null ? null : (selectAll(join.keyPath, payload)[0] ?? null);
  const entityKey = value === null ? null : `${join.keyPrefix}${String(value)}`;
  const source = entityKey === null ? ABSENT : sourceOf(join, entityKey);
  const projection =
    source.payload === null ? null : Object.fromEntries(fieldValuesOf(join.projection, source.payload));
  const { version, hash } = source;
  return { join, pin: { entityKey, version, hash, projectionHash: hashOf(projection) }, projection };
}

function pinnedSource(
  ledger: Ledger,
  sliced: SlicedVersion,
  join: JoinModel,
  pin: { readonly entityKey: string; readonly version?: number | null; readonly hash?: string | null },
): Source {
  const { entityKey, version = null, hash = null } = pin;
  if (version === null || hash === null) return ABSENT;
  const payload =
    join.source === 'RAW'
      ? rawPayload(ledger, entityKey, version, hash)
      : slicedPayload(ledger, entityKey, join.source, version, hash);
  if (payload !== undefined) return { version, hash, payload };
  throw new Violation(
    'L4 a pin names what is there',
    `${nameOf(sliced)}: join ${join.name}, ${entityKey} v${version} ${hash}`,
  );
}

function rawPayload(ledger: Ledger, entityKey: string, version: number, hash: string): JsonObject | null | undefined {
  const known = ledger.versionOf(entityKey, version);
  return known?.rawHash === hash ? known.payload : undefined;
}

function slicedPayload(
  ledger: Ledger,
  entityKey: string,
  sliceType: string,
  version: number,
  hash: string,
): JsonObject | null | undefined {
  const isNamed = ledger
    .manifestsOf(entityKey, BRAND_RULES)
    .some((manifest) => manifest.version === version && manifest.slices[sliceType] === hash);
  return isNamed ? ledger.slicePayload(entityKey, BRAND_RULES, sliceType, hash) : undefined;
}

function sourceNow(ledger: Ledger, sliced: SlicedVersion, join: JoinModel, entityKey: string): Source {
  const wanted = wantedVersion(join, sliced.version);
  if (join.source === 'RAW') {
    const versions = ledger.versionsOf(entityKey);
    const known = wanted === null ? versions.at(-1) : ledger.versionOf(entityKey, wanted);
    return known === undefined ? ABSENT : { version: known.version, hash: known.rawHash, payload: known.payload };
  }
  const head = ledger.headsOf(entityKey, BRAND_RULES).at(-1);
  const version = wanted ?? head?.version;
  const manifest = version === undefined ? undefined : ledger.newestManifestOf(entityKey, BRAND_RULES, version);
  const hash = manifest?.slices[join.source];
  if (manifest === undefined || hash === undefined) return ABSENT;
  const payload = ledger.slicePayload(entityKey, BRAND_RULES, join.source, hash) ?? null;
  return { version: manifest.version, hash, payload };
}
