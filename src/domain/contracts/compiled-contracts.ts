import type { ContentHash } from '../canonical/hash.ts';
import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { ContractRef } from './contract-ref.ts';
import type { Selector } from './selector-model.ts';

/**
 * Contracts as the pure stages read them: parsed, linked, proved sound. Whoever holds one of these may trust it.
 */

export type ContractStatus = 'DRAFT' | 'ACTIVE' | 'DEPRECATED' | 'ARCHIVED';

interface CompiledContract {
  readonly ref: ContractRef;
  /** SHA-256 of the canonical document without its `status` (design: hashes). */
  readonly contentHash: ContentHash;
  readonly status: ContractStatus;
  /** The plain document without its status: what a store keeps as the contract's snapshot. */
  readonly document: JsonObject;
}

/** How the items of an array are compared and kept (rfc-v4-002 §1-1). */
export type ArrayKind =
  | { readonly kind: 'list' }
  | { readonly kind: 'set' }
  /** `pointer` leads from an item to its key, a string in every item. */
  | { readonly kind: 'keyed'; readonly pointer: string };

export interface CompiledSchema extends CompiledContract {
  readonly kind: 'Schema';
  readonly entityType: string;
  /** What shapes canonical form and diff; `null` where the schema says nothing about a place and all below it. */
  readonly shape: SchemaShape | null;
  /**
   * The payload with every `set` sorted and de-duplicated and every `keyed` array sorted.
   * Shares what it does not change; never alters its input.
   * @throws `rawdata.array_key_invalid`, `rawdata.array_key_duplicate`
   */
  readonly normalise: (payload: JsonObject) => JsonObject;
  /** The first violations of the JSON Schema, or none. Expects a normalised payload. */
  readonly violations: (payload: JsonObject) => readonly SchemaViolation[];
}

export interface SchemaViolation {
  /** RFC 6901 pointer into the payload. */
  readonly pointer: string;
  readonly expected: string;
  readonly found: string;
}

/** What a schema says about one place; may be cyclic where the schema is recursive. */
export interface SchemaShape {
  readonly array: ArrayKind;
  readonly items: SchemaShape | null;
  readonly properties: ReadonlyMap<string, SchemaShape | null>;
  /** For members that `properties` does not name. */
  readonly others: SchemaShape | null;
  /** Whether other members than `properties` can occur. */
  readonly isOpen: boolean;
}

export interface CompiledRuleSet extends CompiledContract {
  readonly kind: 'RuleSet';
  readonly entityType: string;
  readonly schema: CompiledSchema;
  /** Sorted by slice type. */
  readonly slices: readonly SliceRule[];
  /** Sorted by name. */
  readonly joins: readonly JoinRule[];
  readonly impactMap: readonly ImpactEntry[];
  readonly onNoMatch: 'FAIL_CLOSED' | 'FULL_REBUILD' | 'IGNORE';
  /** Sorted by type, then slice type, then selector text. */
  readonly indexes: readonly IndexRule[];
  /** Every contract that it was linked with, itself included; sorted by kind and ref. */
  readonly contracts: readonly (CompiledSchema | CompiledRuleSet)[];
  /** What a reader of the log should know, e.g. that a DEPRECATED contract is used. */
  readonly warnings: readonly string[];
}

export interface SliceRule {
  readonly type: string;
  readonly when: Condition | null;
  /** Sorted by name. */
  readonly fields: readonly FieldRule[];
  /** Names of joins, sorted. */
  readonly joins: readonly string[];
}

export interface FieldRule {
  readonly name: string;
  readonly selector: Selector;
}

export type Condition =
  | { readonly test: 'exists'; readonly selector: Selector }
  | { readonly test: 'equals'; readonly selector: Selector; readonly value: JsonValue }
  | { readonly test: 'in'; readonly selector: Selector; readonly values: readonly JsonValue[] }
  | { readonly test: 'not'; readonly condition: Condition }
  | { readonly test: 'all' | 'any'; readonly conditions: readonly Condition[] };

export type MissingPolicy = 'FAIL_CLOSED' | 'NULL_FIELDS' | 'TOMBSTONE';

export type VersionRule =
  | { readonly rule: 'SAME_VERSION' }
  | { readonly rule: 'LATEST' }
  | { readonly rule: 'PINNED'; readonly version: number };

export type JoinSource =
  | { readonly kind: 'RAW'; readonly schema: CompiledSchema }
  | { readonly kind: 'SLICE'; readonly sliceType: string; readonly ruleSet: CompiledRuleSet };

export interface JoinRule {
  readonly name: string;
  readonly cardinality: 'MANY_TO_ONE' | 'ONE_TO_ONE';
  /** The source's entity type. */
  readonly entityType: string;
  /** Where the parent's payload names its source; singular. */
  readonly keyPath: Selector;
  /** The key's format around `{value}`, e.g. `brand#` and nothing. Starts with the source's type and `#`. */
  readonly keyPrefix: string;
  readonly keySuffix: string;
  readonly source: JoinSource;
  readonly versionRule: VersionRule;
  /** Sorted by name. */
  readonly projection: readonly FieldRule[];
  readonly missing: MissingPolicy;
  readonly keyAbsent: MissingPolicy;
  readonly joinImpact: readonly ImpactEntry[];
  readonly maxFanout: number;
  readonly shards: number;
  readonly onIndexMissing: 'FAIL_CLOSED' | 'FULL_REBUILD';
}

export interface ImpactEntry {
  readonly selector: Selector;
  /** Slice types, sorted; empty where the path concerns no slice on purpose. */
  readonly slices: readonly string[];
}

export interface IndexRule {
  readonly type: string;
  readonly fromSlice: string;
  /** Into the slice's payload. */
  readonly selector: Selector;
  readonly normalize: 'none' | 'nfc' | 'nfc-lowercase';
  readonly shards: number;
  /** Whether a version's entries can change with its sources; where not, those of its first commit stand. */
  readonly followsSources: boolean;
}

export interface CompiledView extends CompiledContract {
  readonly kind: 'View';
  readonly ruleSet: CompiledRuleSet;
  /** Sorted. */
  readonly requiredSlices: readonly string[];
  /** Sorted. */
  readonly optionalSlices: readonly string[];
  readonly missingPolicy: 'FAIL_CLOSED' | 'PARTIAL_ALLOWED';
  /** Whether only optional slices may be left out. */
  readonly optionalOnly: boolean;
  readonly fallbackPolicy: 'NONE' | 'DEFAULT_VALUE';
  /** Sorted by `to`. */
  readonly fields: readonly ViewField[];
  readonly warnings: readonly string[];
}

export interface ViewField {
  readonly sliceType: string;
  /** Into the slice's payload. */
  readonly selector: Selector;
  readonly to: string;
  /** Used where the field's slice is left out under DEFAULT_VALUE; absent means that there is none. */
  readonly default?: JsonValue;
}
