/**
 * The recompute oracle: from the accepted inputs alone, what every commit must hold. It reads the models that the
 * contracts were written from, keeps every version ever put, and computes each commit from scratch (design §3, §4).
 */
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import type { JoinModel, MissingModel, RuleSetModel, SliceModel } from '../../support/arbitraries/rule-sets.ts';
import type { Step, World } from '../../support/arbitraries/worlds.ts';
import {
  canonicalFormOf,
  canonicalTextOf,
  conditionHolds,
  fieldValuesOf,
  selectAll,
  sha256Of,
  sortAsBytes,
} from './oracle-values.ts';

export interface ExpectedPin {
  readonly entityKey: string | null;
  readonly version: number | null;
  readonly hash: string | null;
  readonly projectionHash: string;
}

export interface ExpectedCommit {
  readonly revision: number;
  readonly rawHash: string;
  readonly slices: Readonly<Record<string, string>>;
  /** Slice type → payload; `null`: a tombstone. */
  readonly payloads: Readonly<Record<string, JsonObject | null>>;
  readonly pins: Readonly<Record<string, ExpectedPin>>;
  /** Sorted by bytes. */
  readonly indexKeys: readonly string[];
  readonly manifestHash: string;
}

interface KnownVersion {
  readonly version: number;
  readonly rawHash: string;
  readonly payload: JsonObject | null;
}

interface FoundSource {
  readonly version: number | null;
  readonly hash: string | null;
  readonly payload: JsonObject | null;
}

const ABSENT: FoundSource = { version: null, hash: null, payload: null };

export class Oracle {
  readonly #world: World;
  readonly #tenantId: string;
  readonly #versions = new Map<string, KnownVersion[]>();
  /** The revisions of each version. */
  readonly #commits = new Map<string, readonly ExpectedCommit[]>();
  /** Versions whose slicing was refused, at first or when their sources moved. */
  readonly #refused = new Set<string>();

  constructor(world: World, tenantId: string) {
    this.#world = world;
    this.#tenantId = tenantId;
  }

  /** Takes the step's version in and slices it; `refused` where a join that fails closed finds no source. */
  follow(step: Step): ExpectedCommit | 'refused' {
    this.insert(step);
    return this.slice(step.entityKey, step.version);
  }

  /** The same, and then whatever joins the entity follows it (design §5). */
  ingest(step: Step): ExpectedCommit | 'refused' {
    const commit = this.follow(step);
    for (const parent of this.#versions.keys()) if (parent !== step.entityKey) this.#followSources(parent);
    return commit;
  }

  insert({ entityKey, version, payload }: Step): void {
    const { schema, schemaRef } = this.#ruleSetOf(entityKey);
    const canonical = payload === null ? null : canonicalFormOf(schema, payload);
    const rawHash = sha256Of(canonicalTextOf(canonical), ...schemaRef.split('@'));
    const known = this.#versions.get(entityKey) ?? [];
    this.#versions.set(entityKey, [...known, { version, rawHash, payload: canonical }]);
  }

  /** Slices a version with the sources as they are now. */
  slice(entityKey: string, version: number): ExpectedCommit | 'refused' {
    const key = commitKey(entityKey, version);
    const revisions = this.#commits.get(key) ?? [];
    const commit = this.#compute(entityKey, version, revisions.length);
    if (commit === 'refused') {
      this.#refused.add(key);
      return commit;
    }
    this.#refused.delete(key);
    this.#commits.set(key, [...revisions, commit]);
    return commit;
  }

  /** A version's newest revision; `refused` where it never had one. */
  commitOf(entityKey: string, version: number): ExpectedCommit | 'refused' | undefined {
    const key = commitKey(entityKey, version);
    return this.#commits.get(key)?.at(-1) ?? (this.#refused.has(key) ? 'refused' : undefined);
  }

  /** The newest version alone does, and only where what it is made from is not what its sources were ever since. */
  #followSources(entityKey: string): void {
    const version = this.versionsOf(entityKey).at(-1) ?? 0;
    const committed = this.commitOf(entityKey, version);
    const known = this.#versionOf(entityKey, version);
    if (committed === undefined || known === undefined) return;
    const key = commitKey(entityKey, version);
    const hasMoved =
      committed === 'refused' ||
      this.#ruleSetOf(entityKey).joins.some((join) => !this.#isCurrent(join, known, committed.pins[join.name]));
    if (hasMoved) this.slice(entityKey, version);
    else this.#refused.delete(key);
  }

  #isCurrent(join: JoinModel, parent: KnownVersion, pin: ExpectedPin | undefined): boolean {
    const now = this.#resolve(join, parent.payload, parent.version).pin;
    if (pin === undefined || join.versionRule !== 'LATEST' || now.entityKey === null)
      return canonicalTextOf({ pin: { ...pin } }) === canonicalTextOf({ pin: { ...now } });
    const since = this.#statesOf(join, now.entityKey).filter(({ version }) => (version ?? 0) > (pin.version ?? 0));
    return since.every((source) => hashOf(projectionOf(join, source)) === pin.projectionHash);
  }

  /** Every version that a `LATEST` join could ever see. */
  #statesOf(join: JoinModel, entityKey: string): readonly FoundSource[] {
    return this.versionsOf(entityKey)
      .map((version) =>
        join.source === 'RAW' ? this.#rawAt(entityKey, version) : this.#sliceAt(join, entityKey, version),
      )
      .filter((source) => source.version !== null);
  }

  versionsOf(entityKey: string): readonly number[] {
    return (this.#versions.get(entityKey) ?? []).map(({ version }) => version);
  }

  #compute(entityKey: string, version: number, revision: number): ExpectedCommit | 'refused' {
    const ruleSet = this.#ruleSetOf(entityKey);
    const known = this.#versionOf(entityKey, version);
    if (known === undefined) throw new Error(`no version ${version} of ${entityKey} was put`);
    const joins = new Map(
      ruleSet.joins.map((join) => [join.name, this.#resolve(join, known.payload, version)] as const),
    );
    const payloads: [string, JsonObject | null][] = [];
    for (const slice of ruleSet.slices) {
      const payload = known.payload === null ? null : slicePayload(slice, known.payload, joins);
      if (payload === 'refused') return 'refused';
      payloads.push([slice.type, payload]);
    }
    const slices = Object.fromEntries(
      payloads.map(([type, payload]) => [type, sha256Of(canonicalTextOf(payload), ruleSet.id, ruleSet.version)]),
    );
    const pins = Object.fromEntries([...joins].map(([name, { pin }]) => [name, pin]));
    return {
      revision,
      rawHash: known.rawHash,
      slices,
      payloads: Object.fromEntries(payloads),
      pins,
      indexKeys: indexKeysOf(ruleSet, new Map(payloads), joins),
      manifestHash: sha256Of(
        canonicalTextOf({
          tenantId: this.#tenantId,
          entityKey,
          ruleSet: { id: ruleSet.id, version: ruleSet.version },
          version,
          revision,
          slices,
          pins: asJson(pins),
        }),
      ),
    };
  }

  #resolve(join: JoinModel, payload: JsonObject | null, version: number): ResolvedJoin {
    const value = payload === null ? undefined : selectAll(join.keyPath, payload)[0];
    if (value === undefined || value === null) {
      return {
        join,
        pin: { entityKey: null, version: null, hash: null, projectionHash: hashOf(null) },
        projection: null,
      };
    }
    const entityKey = `${join.keyPrefix}${String(value)}`;
    const source =
      join.source === 'RAW' ? this.#rawSource(join, entityKey, version) : this.#sliceSource(join, entityKey, version);
    const projection = projectionOf(join, source);
    return {
      join,
      pin: { entityKey, version: source.version, hash: source.hash, projectionHash: hashOf(projection) },
      projection,
    };
  }

  #rawSource(join: JoinModel, entityKey: string, version: number): FoundSource {
    const newest = this.#versions.get(entityKey)?.at(-1)?.version;
    const wanted = wantedVersion(join, version) ?? newest;
    return wanted === undefined ? ABSENT : this.#rawAt(entityKey, wanted);
  }

  #rawAt(entityKey: string, version: number): FoundSource {
    const found = this.#versionOf(entityKey, version);
    return found === undefined ? ABSENT : { version, hash: found.rawHash, payload: found.payload };
  }

  #sliceSource(join: JoinModel, entityKey: string, version: number): FoundSource {
    const committed = this.versionsOf(entityKey).filter((known) => typeof this.commitOf(entityKey, known) === 'object');
    const wanted = wantedVersion(join, version) ?? committed.at(-1);
    return wanted === undefined ? ABSENT : this.#sliceAt(join, entityKey, wanted);
  }

  #sliceAt(join: JoinModel, entityKey: string, version: number): FoundSource {
    const commit = this.commitOf(entityKey, version);
    if (commit === undefined || commit === 'refused') return ABSENT;
    return { version, hash: commit.slices[join.source] ?? null, payload: commit.payloads[join.source] ?? null };
  }

  #versionOf(entityKey: string, version: number): KnownVersion | undefined {
    return this.#versions.get(entityKey)?.find((known) => known.version === version);
  }

  #ruleSetOf(entityKey: string): RuleSetModel {
    return entityKey.startsWith('product#') ? this.#world.product : this.#world.brand;
  }
}

export interface ResolvedJoin {
  readonly join: JoinModel;
  readonly pin: ExpectedPin;
  readonly projection: JsonObject | null;
}

function projectionOf(join: JoinModel, { payload }: FoundSource): JsonObject | null {
  return payload === null ? null : Object.fromEntries(fieldValuesOf(join.projection, payload));
}

export function wantedVersion({ versionRule }: JoinModel, parentVersion: number): number | null {
  if (versionRule === 'LATEST') return null;
  return versionRule === 'SAME_VERSION' ? parentVersion : versionRule.PINNED;
}

export function slicePayload(
  slice: SliceModel,
  payload: JsonObject,
  joins: ReadonlyMap<string, ResolvedJoin>,
): JsonObject | null | 'refused' {
  if (slice.when !== null && !conditionHolds(slice.when, payload)) return null;
  const used = slice.joins.flatMap((name) => joins.get(name) ?? []);
  const lacking = used.filter(({ projection }) => projection === null).map(policyOf);
  if (lacking.includes('FAIL_CLOSED')) return 'refused';
  if (lacking.includes('TOMBSTONE')) return null;
  const members = [...fieldValuesOf(slice.fields, payload), ...used.flatMap(joinedMembers)];
  return members.length === 0 ? null : Object.fromEntries(members);
}

function policyOf({ join, pin }: ResolvedJoin): MissingModel {
  return pin.entityKey === null ? (join.keyAbsent ?? join.missing) : join.missing;
}

function joinedMembers({ join, projection }: ResolvedJoin): readonly [string, JsonValue][] {
  if (projection !== null) return Object.entries(projection);
  return join.projection.map(({ name }) => [name, null]);
}

export function indexKeysOf(
  ruleSet: RuleSetModel,
  payloads: ReadonlyMap<string, JsonObject | null>,
  joins: ReadonlyMap<string, ResolvedJoin>,
): readonly string[] {
  const implied = [...joins.values()].flatMap(({ join, pin }) =>
    pin.entityKey === null
      ? []
      : [
          `IDX#${join.entityType}#${escapeValue(pin.entityKey.slice(join.entityType.length + 1))}#${ruleSet.entityType}`,
        ],
  );
  const declared = ruleSet.indexes.flatMap((index) => {
    const payload = payloads.get(index.fromSlice) ?? null;
    const nodes = payload === null ? [] : selectAll(index.path, payload).filter((node) => node !== null);
    return nodes.map(
      (node) => `IDX#${index.type}#${escapeValue(indexText(node, index.normalize))}#${ruleSet.entityType}`,
    );
  });
  return sortAsBytes(new Set([...implied, ...declared]));
}

function indexText(node: JsonValue, normalize: 'none' | 'nfc' | 'nfc-lowercase'): string {
  if (typeof node !== 'string') return canonicalTextOf(node);
  if (normalize === 'none') return node;
  return normalize === 'nfc' ? node.normalize('NFC') : node.normalize('NFC').toLowerCase().normalize('NFC');
}

/** `%`, `#` and control characters, each as the percent-encoded bytes of its UTF-8 form. */
function escapeValue(text: string): string {
  return [...text].map((character) => (isUnsafe(character) ? percentEncoded(character) : character)).join('');
}

function isUnsafe(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return character === '%' || character === '#' || code < 0x20 || (code >= 0x7f && code < 0xa0);
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

export function hashOf(value: JsonValue): string {
  return sha256Of(canonicalTextOf(value));
}

export function asJson(pins: Readonly<Record<string, ExpectedPin>>): JsonObject {
  return Object.fromEntries(Object.entries(pins).map(([name, pin]): [string, JsonObject] => [name, { ...pin }]));
}

function commitKey(entityKey: string, version: number): string {
  return `${entityKey} ${version}`;
}
