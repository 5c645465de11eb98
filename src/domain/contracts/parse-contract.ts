import type { z } from 'zod';
import { type ContentHash, hashCanonical } from '../canonical/hash.ts';
import { appendToken } from '../canonical/json-pointer.ts';
import { isPlainObject, type JsonObject } from '../canonical/json-value.ts';
import { isSlicewiseError } from '../errors.ts';
import type { ContractStatus } from './compiled-contracts.ts';
import { type ContractProblem, locateProblem, refusalOf, refuseProblems } from './contract-problem.ts';
import { type ContractRef, formatRef } from './contract-ref.ts';
import { describeIssue, describeValue, unknownKey } from './describe-issue.ts';
import { nearestName } from './nearest-name.ts';
import { CONTRACT_KINDS, type ContractKind, type RegisteredContract } from './registered-contract.ts';
import { type RuleSetDefinition, ruleSetContract } from './rule-set-contract.ts';
import { type SchemaDefinition, schemaContract } from './schema-contract.ts';
import { type ViewDefinition, viewContract } from './view-contract.ts';

/** A contract whose own form is right: not linked with others yet, nothing proved. */
interface ParsedContract<Kind extends ContractKind, Definition> {
  readonly kind: Kind;
  readonly ref: ContractRef;
  readonly status: ContractStatus;
  /** With the defaults filled in. */
  readonly definition: Definition;
  /** As written, without its status. */
  readonly document: JsonObject;
  /** Of `document`: defaults that a later release adds cannot change it. */
  readonly contentHash: ContentHash;
  readonly registered: RegisteredContract;
}

export type SchemaContract = ParsedContract<'Schema', SchemaDefinition>;
export type RuleSetContract = ParsedContract<'RuleSet', RuleSetDefinition>;
export type ViewContract = ParsedContract<'View', ViewDefinition>;
export type Contract = SchemaContract | RuleSetContract | ViewContract;

/** Members whose content is the contract's data, not the contract's form. */
const OPAQUE_MEMBERS: ReadonlySet<string> = new Set(['schema', 'value', 'values', 'default']);

/**
 * Checks a contract's form (design law L1).
 *
 * @throws `contract.invalid` with every problem, `contract.kind_unknown`
 */
export function parseContract(registered: RegisteredContract): Contract {
  const { document } = registered;
  const kind = isPlainObject(document) ? document['kind'] : undefined;
  assertPlainJson(registered);
  switch (kind) {
    case 'Schema':
      return { kind, ...parseWith(schemaContract, registered) };
    case 'RuleSet':
      return { kind, ...parseWith(ruleSetContract, registered) };
    case 'View':
      return { kind, ...parseWith(viewContract, registered) };
    default:
      throw refusalOf(registered.origin, [locateProblem(unknownKind(document), registered)]);
  }
}

/** What is known of a contract before its definition is: kind and ref, for a registry's index. */
export function unknownKind(document: unknown): ContractProblem {
  const isObject = isPlainObject(document);
  const kind = isObject ? document['kind'] : undefined;
  const nearest = typeof kind === 'string' ? nearestName(kind, CONTRACT_KINDS) : undefined;
  return {
    code: isObject ? 'contract.kind_unknown' : 'contract.invalid',
    pointer: isObject && kind !== undefined ? '/kind' : '',
    expected: isObject ? `a kind: ${CONTRACT_KINDS.join(', ')}` : 'an object with kind, id, version and status',
    found: kind === undefined && isObject ? 'none' : describeValue(isObject ? kind : document),
    advice:
      nearest === undefined ? 'Name its kind, or move the file out of the contracts.' : `Did you mean \`${nearest}\`?`,
  };
}

/** The document without its status: what is hashed and kept (design: hashes). */
export function withoutStatus(document: JsonObject): JsonObject {
  const { status: _status, ...content } = document;
  return content;
}

function parseWith<Head extends { readonly id: string; readonly version: string; readonly status: ContractStatus }>(
  schema: z.ZodType<Head>,
  registered: RegisteredContract,
) {
  const { document } = registered;
  const result = schema.safeParse(document, { reportInput: false });
  const problems = new Map<string, ContractProblem>();
  for (const problem of [
    ...(result.error?.issues ?? []).flatMap((issue) => describeIssue(issue, schema, document)),
    ...prototypeMembers(document, ''),
  ]) {
    if (!problems.has(problem.pointer)) problems.set(problem.pointer, problem);
  }
  refuseProblems(nameOf(document, registered.origin), [...problems.values()], registered);
  if (!result.success) throw result.error;
  const definition = result.data;
  // The definition was parsed from it, so it is an object; assertPlainJson saw that it is JSON.
  const content = withoutStatus(document as JsonObject);
  return {
    ref: { id: definition.id, version: definition.version },
    status: definition.status,
    definition,
    document: content,
    contentHash: hashCanonical(content),
    registered,
  };
}

/** zod leaves members named `__proto__` out of records without a word; a contract never drops one. */
function prototypeMembers(value: unknown, pointer: string): readonly ContractProblem[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => prototypeMembers(item, appendToken(pointer, index)));
  if (!isPlainObject(value)) return [];
  return Object.keys(value).flatMap((name) => {
    const place = appendToken(pointer, name);
    if (name === '__proto__') return [unknownKey(place, name, [])];
    return OPAQUE_MEMBERS.has(name) ? [] : prototypeMembers(value[name], place);
  });
}

function assertPlainJson(registered: RegisteredContract): void {
  try {
    hashCanonical(registered.document);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const problem = plainJsonProblem(error.details['pointer'], error.message);
    refuseProblems(registered.origin, [problem], registered);
  }
}

/** Where canonical JSON refused a document. */
export function plainJsonProblem(pointer: unknown, message: string): ContractProblem {
  return {
    code: 'contract.invalid',
    pointer: typeof pointer === 'string' ? pointer : '',
    expected: 'plain JSON',
    found: `a value that is not: ${message}`,
    advice: 'Mend the value.',
  };
}

function nameOf(document: unknown, origin: string): string {
  if (!isPlainObject(document)) return origin;
  const { kind, id, version } = document;
  if (typeof id !== 'string' || typeof version !== 'string') return `${String(kind)} in ${origin}`;
  return `${String(kind)} ${formatRef({ id, version })}`;
}
