import { isPlainObject } from '../canonical/json-value.ts';
import { sortedUniqueUtf8 } from '../canonical/key-order.ts';

/**
 * What a registry shows beside a contract for people who query it (rfc-v4-004 appendix). Read from the document as it
 * is: a DRAFT may be unfinished, and what it lacks is left out.
 */

export interface SchemaFacts {
  readonly entityType: string | null;
  /** Top-level properties. */
  readonly fieldCount: number;
  readonly requiredFields: readonly string[];
  /** Top-level properties with one scalar type, which an index can hold. */
  readonly searchableFields: readonly string[];
}

export interface PolicyFacts {
  /** Entity types whose payloads take part. */
  readonly entityDependencies: readonly string[];
  /** Contracts that it refers to, as `Kind id@version`. */
  readonly policyDependencies: readonly string[];
}

const SCALARS: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

export function schemaFactsOf(document: unknown): SchemaFacts {
  const { entityType, schema } = membersOf(document);
  const { properties, required } = membersOf(schema);
  const fields = Object.entries(membersOf(properties));
  return {
    entityType: typeof entityType === 'string' ? entityType : null,
    fieldCount: fields.length,
    requiredFields: sortedUniqueUtf8(textsIn(required)),
    searchableFields: sortedUniqueUtf8(
      fields.filter(([, field]) => SCALARS.has(membersOf(field)['type'])).map(([name]) => name),
    ),
  };
}

export function policyFactsOf(document: unknown): PolicyFacts {
  const { kind, entityType, schemaRef, ruleSetRef, joins } = membersOf(document);
  const sources = itemsIn(joins).map((join) => membersOf(membersOf(join)['joinSources']));
  const refs = [
    ...named('Schema', [schemaRef, ...sources.map((source) => source['schemaRef'])]),
    ...named('RuleSet', [kind === 'View' ? ruleSetRef : undefined, ...sources.map((source) => source['ruleSetRef'])]),
  ];
  return {
    entityDependencies: sortedUniqueUtf8(textsIn([entityType, ...sources.map((source) => source['entityType'])])),
    policyDependencies: sortedUniqueUtf8(refs),
  };
}

function named(kind: string, refs: readonly unknown[]): readonly string[] {
  return textsIn(refs).map((ref) => `${kind} ${ref}`);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(value) ? value : {};
}

function itemsIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textsIn(value: unknown): readonly string[] {
  return itemsIn(value).filter((item) => typeof item === 'string');
}
