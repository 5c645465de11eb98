import { type ContentHash, hashCanonical } from '../canonical/hash.ts';
import { isPlainObject, type JsonObject } from '../canonical/json-value.ts';
import { compareUtf8 } from '../canonical/key-order.ts';
import { isSlicewiseError } from '../errors.ts';
import { type ContractProblem, type LocatedProblem, locateProblem, refusalOf } from './contract-problem.ts';
import { CONTRACT_ID_PATTERN, type ContractRef, compareSemver, formatRef, isRef } from './contract-ref.ts';
import { describeValue } from './describe-issue.ts';
import { plainJsonProblem, unknownKind, withoutStatus } from './parse-contract.ts';
import { CONTRACT_KINDS, type ContractKind, type RegisteredContract } from './registered-contract.ts';

/** What a registry must know of a contract to find it again. */
export interface IndexedContract {
  readonly kind: ContractKind;
  readonly ref: ContractRef;
  /** As written; checked by `parseContract` only. */
  readonly status: unknown;
  /** Of the document without its status. */
  readonly contentHash: ContentHash;
  readonly registered: RegisteredContract;
}

/** The contracts of a registry by `Kind id@version`, in the order of kind, id and SemVer. */
export type ContractIndex = ReadonlyMap<string, IndexedContract>;

/**
 * Orders documents by what their heads say.
 *
 * @throws one refusal with every problem: `contract.invalid`, `contract.kind_unknown`, `contract.duplicate` (the same
 * kind, id and version twice, with other content or status; an equal copy is none)
 */
export function indexContracts(documents: readonly RegisteredContract[]): ContractIndex {
  const problems: LocatedProblem[] = [];
  const found = new Map<string, IndexedContract>();
  for (const registered of documents) {
    const outcome = readHead(registered);
    if (!('kind' in outcome)) {
      problems.push(...outcome.map((problem) => locateProblem(problem, registered)));
      continue;
    }
    const name = contractName(outcome.kind, outcome.ref);
    const twin = found.get(name);
    if (twin === undefined) found.set(name, outcome);
    else if (!isSameContract(twin, outcome)) problems.push(locateProblem(duplicate(name, twin), registered));
  }
  if (problems.length > 0) throw refusalOf('contracts', problems);
  return new Map([...found].sort(([, left], [, right]) => compareContracts(left, right)));
}

export function contractName(kind: ContractKind, ref: ContractRef): string {
  return `${kind} ${formatRef(ref)}`;
}

export function contractsOfKind(index: ContractIndex, kind: ContractKind): readonly RegisteredContract[] {
  return [...index.values()].filter((contract) => contract.kind === kind).map((contract) => contract.registered);
}

export function isSameContract(left: IndexedContract, right: IndexedContract): boolean {
  return left.contentHash === right.contentHash && left.status === right.status;
}

function readHead(registered: RegisteredContract): IndexedContract | readonly ContractProblem[] {
  const { document } = registered;
  if (!isPlainObject(document)) return [unknownKind(document)];
  const { kind, id, version } = document;
  const known = CONTRACT_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) return [unknownKind(document)];
  const problems: ContractProblem[] = [];
  if (typeof id !== 'string' || !CONTRACT_ID_PATTERN.test(id)) {
    problems.push(badHead('/id', 'an id: a letter, then up to 63 letters, digits, `_`, `.` or `-`', id));
  }
  if (typeof version !== 'string' || !isRef({ id: 'any', version })) {
    problems.push(badHead('/version', 'a SemVer version such as 1.3.0', version));
  }
  if (typeof id !== 'string' || typeof version !== 'string' || problems.length > 0) return problems;
  try {
    // A plain object whose canonical form can be hashed is a JSON object.
    const contentHash = hashCanonical(withoutStatus(document as JsonObject));
    return { kind: known, ref: { id, version }, status: document['status'], contentHash, registered };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return [plainJsonProblem(error.details['pointer'], error.message)];
  }
}

function badHead(pointer: string, expected: string, value: unknown): ContractProblem {
  const isMissing = value === undefined;
  return {
    code: 'contract.invalid',
    pointer: isMissing ? '' : pointer,
    expected: isMissing ? `${pointer.slice(1)}, ${expected}` : expected,
    found: isMissing ? 'none' : describeValue(value),
    advice:
      typeof value === 'number' ? 'Put it in quotes, with three numbers.' : isMissing ? 'Add it.' : 'Mend the value.',
  };
}

function duplicate(name: string, twin: IndexedContract): ContractProblem {
  return {
    code: 'contract.duplicate',
    pointer: '',
    expected: `${name} once`,
    found: `it again with other content or status; it is in ${twin.registered.origin} already`,
    advice: 'Give one of them another version, or remove it.',
  };
}

function compareContracts(left: IndexedContract, right: IndexedContract): number {
  return (
    compareUtf8(left.kind, right.kind) ||
    compareUtf8(left.ref.id, right.ref.id) ||
    compareSemver(left.ref.version, right.ref.version)
  );
}
