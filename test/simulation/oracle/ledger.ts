import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import type { ManifestRecord, StatusRecord } from '../../../src/domain/records.ts';
import type { RuleSetModel } from '../../support/arbitraries/rule-sets.ts';
import { type ContractModels, refOf } from '../contract-models.ts';
import type { StatusMove } from '../moving-registry.ts';

/** One accepted input. */
export interface KnownVersion {
  readonly version: number;
  readonly rawHash: string;
  /** `null`: deleted. */
  readonly payload: JsonObject | null;
  readonly inSinceStep: number;
  /** When the attempt began that put it in. */
  readonly sentAtStep: number;
}

export interface HeadMove {
  readonly atStep: number;
  readonly version: number;
  readonly revision: number;
  readonly manifestHash: string;
}

/**
 * What the oracle has seen: the accepted inputs, and every record that may never change again. It learns of an input by
 * finding it in the store, because a client whose answer was lost knows no better.
 */
export class Ledger {
  readonly models: ContractModels;
  readonly moves: readonly StatusMove[];
  readonly statuses = new Map<string, StatusRecord>();
  readonly #versions = new Map<string, KnownVersion[]>();
  readonly #manifests = new Map<string, ManifestRecord[]>();
  readonly #committedAt = new WeakMap<ManifestRecord, number>();
  readonly #heads = new Map<string, HeadMove[]>();
  /** Slice payloads by everything that names a slice; `null`: a tombstone. */
  readonly #slices = new Map<string, JsonObject | null>();
  readonly #changeSets = new Map<string, string>();

  /** @param moves of the run's rule sets; grows as the run goes on */
  constructor(models: ContractModels, moves: readonly StatusMove[]) {
    this.models = models;
    this.moves = moves;
  }

  get entityKeys(): readonly string[] {
    return [...this.#versions.keys()];
  }

  ruleSetsOf(entityKey: string): readonly RuleSetModel[] {
    return this.models.ruleSets.filter(({ entityType }) => entityKey.startsWith(`${entityType}#`));
  }

  ruleSet(ref: string): RuleSetModel {
    const model = this.models.ruleSets.find((candidate) => refOf(candidate) === ref);
    if (model === undefined) throw new Error(`no rule set ${ref} in this run`);
    return model;
  }

  versionsOf(entityKey: string): readonly KnownVersion[] {
    return this.#versions.get(entityKey) ?? [];
  }

  versionOf(entityKey: string, version: number): KnownVersion | undefined {
    return this.versionsOf(entityKey).find((known) => known.version === version);
  }

  accept(entityKey: string, known: KnownVersion): void {
    this.#versions.set(entityKey, [...this.versionsOf(entityKey), known]);
  }

  /** In the order in which they were committed. */
  manifestsOf(entityKey: string, ref: string): readonly ManifestRecord[] {
    return this.#manifests.get(`${entityKey} ${ref}`) ?? [];
  }

  manifestOf(entityKey: string, ref: string, version: number, revision: number): ManifestRecord | undefined {
    return this.manifestsOf(entityKey, ref).find((known) => known.version === version && known.revision === revision);
  }

  newestManifestOf(entityKey: string, ref: string, version: number): ManifestRecord | undefined {
    return this.manifestsOf(entityKey, ref)
      .filter((known) => known.version === version)
      .sort((left, right) => left.revision - right.revision)
      .at(-1);
  }

  /** The step at which a manifest was seen first. */
  committedAt(manifest: ManifestRecord | undefined): number | undefined {
    return manifest === undefined ? undefined : this.#committedAt.get(manifest);
  }

  rememberManifest(ref: string, manifest: ManifestRecord, atStep: number): void {
    this.#committedAt.set(manifest, atStep);
    this.#manifests.set(`${manifest.entityKey} ${ref}`, [...this.manifestsOf(manifest.entityKey, ref), manifest]);
  }

  /** All moves, the newest last. */
  headsOf(entityKey: string, ref: string): readonly HeadMove[] {
    return this.#heads.get(`${entityKey} ${ref}`) ?? [];
  }

  rememberHead(entityKey: string, ref: string, move: HeadMove): void {
    this.#heads.set(`${entityKey} ${ref}`, [...this.headsOf(entityKey, ref), move]);
  }

  /** `undefined`: no manifest named such a slice yet. */
  slicePayload(entityKey: string, ref: string, sliceType: string, hash: string): JsonObject | null | undefined {
    return this.#slices.get(`${entityKey} ${ref} ${sliceType} ${hash}`);
  }

  rememberSlice(name: {
    readonly entityKey: string;
    readonly ref: string;
    readonly sliceType: string;
    readonly hash: string;
    readonly payload: JsonObject | null;
  }): void {
    this.#slices.set(`${name.entityKey} ${name.ref} ${name.sliceType} ${name.hash}`, name.payload);
  }

  changeSet(key: string): string | undefined {
    return this.#changeSets.get(key);
  }

  rememberChangeSet(key: string, text: string): void {
    this.#changeSets.set(key, text);
  }

  /** Whether whoever inserts may leave a rule set out: it is archived, or was not yet published when the insert began. */
  isExcused(ref: string, sentAtStep: number): boolean {
    const moves = this.moves.filter((move) => move.ref === ref);
    const isPublishedLater = moves.some(({ status, atStep }) => status === 'ACTIVE' && atStep >= sentAtStep);
    return isPublishedLater || this.statusOf(ref) !== 'ACTIVE';
  }

  /** A rule set's status now. */
  statusOf(ref: string): string {
    const moved = this.moves.filter((move) => move.ref === ref).at(-1)?.status;
    if (moved !== undefined) return moved;
    const document = this.models.documents.find(
      ({ kind, id, version }) => kind === 'RuleSet' && `${id}@${version}` === ref,
    );
    return String(document?.['status']);
  }
}
