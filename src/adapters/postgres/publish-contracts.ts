import type { ContentHash } from '../../domain/canonical/hash.ts';
import { refusalsIn } from '../../domain/contracts/check-contracts.ts';
import type { ContractStatus } from '../../domain/contracts/compiled-contracts.ts';
import {
  type ContractIndex,
  contractName,
  type IndexedContract,
  indexContracts,
} from '../../domain/contracts/contract-index.ts';
import { locateProblem, refusalOf } from '../../domain/contracts/contract-problem.ts';
import { type ContractRef, type ContractRefText, formatRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { assertTransition } from '../../domain/contracts/status-transitions.ts';
import { contractError, type SlicewiseError } from '../../domain/errors.ts';
import type { Database, Session } from './database.ts';
import {
  insertContract,
  lockRegistry,
  readContracts,
  replaceContract,
  setActor,
  setStatus,
  toRegistered,
} from './registry-rows.ts';

export interface Publication {
  readonly contracts: readonly RegisteredContract[];
  /** Who it was, for the audit. */
  readonly actor: string;
}

export interface StatusChange {
  readonly kind: ContractKind;
  readonly ref: ContractRef;
  readonly status: ContractStatus;
  /** Who it was, for the audit. */
  readonly actor: string;
}

/** What became of one contract. */
export interface PublishedContract {
  readonly kind: ContractKind;
  readonly ref: ContractRefText;
  readonly status: ContractStatus;
  readonly contentHash: ContentHash;
  /** `replaced`: a DRAFT has other content now. */
  readonly outcome: 'published' | 'replaced' | 'status_changed' | 'unchanged';
}

/** All of them or none: what the registry holds afterwards is checked as a runtime that loads it would. */
export function publish(database: Database, publication: Publication): Promise<readonly PublishedContract[]> {
  const given = indexContracts(publication.contracts);
  return changeRegistry(database, publication.actor, async (session, before) => {
    const outcomes = [...given].map(([name, contract]) => judge(name, contract, before.get(name)));
    assertSound(before, new Map([...before, ...given]), [...given.keys()]);
    for (const { contract, outcome } of outcomes) await write(session, database.schema, contract, outcome);
    return outcomes.map(describeOutcome);
  });
}

/** @throws `contract.unknown`, `contract.status_illegal`, and what would keep another contract from running */
export function changeStatus(database: Database, change: StatusChange): Promise<PublishedContract> {
  const { kind, ref, status, actor } = change;
  return changeRegistry(database, actor, async (session, before) => {
    const name = contractName(kind, ref);
    const found = before.get(name);
    if (found === undefined) throw notPublished(database, name);
    const contract: IndexedContract = { ...found, status, registered: withStatus(found.registered, status) };
    const judged = judge(name, contract, found);
    assertSound(before, new Map([...before, [name, contract]]), status === 'ACTIVE' ? [name] : []);
    await write(session, database.schema, contract, judged.outcome);
    return describeOutcome(judged);
  });
}

function changeRegistry<Result>(
  database: Database,
  actor: string,
  work: (session: Session, before: ContractIndex) => Promise<Result>,
): Promise<Result> {
  return database.transaction(async (session) => {
    await lockRegistry(session, database.schema);
    await setActor(session, actor);
    const rows = await readContracts(session, database.schema);
    return work(session, indexContracts(rows.map((row) => toRegistered(row, database))));
  });
}

interface Judged {
  readonly contract: IndexedContract;
  readonly outcome: PublishedContract['outcome'];
}

function judge(name: string, contract: IndexedContract, there: IndexedContract | undefined): Judged {
  const status = statusOf(contract);
  if (there === undefined) return { contract, outcome: 'published' };
  const before = statusOf(there);
  if (there.contentHash !== contract.contentHash && before !== 'DRAFT') throw contentChanged(name, contract, there);
  assertTransition(name, before, status);
  if (there.contentHash !== contract.contentHash) return { contract, outcome: 'replaced' };
  return { contract, outcome: before === status ? 'unchanged' : 'status_changed' };
}

function write(
  session: Session,
  schema: string,
  contract: IndexedContract,
  outcome: PublishedContract['outcome'],
): Promise<void> {
  switch (outcome) {
    case 'published':
      return insertContract(session, schema, contract);
    case 'replaced':
      return replaceContract(session, schema, contract);
    case 'status_changed':
      return setStatus(session, schema, { kind: contract.kind, ref: contract.ref, status: statusOf(contract) });
    case 'unchanged':
      return Promise.resolve();
  }
}

/** What could not run before is nobody's fault here, unless it is what is being published. */
function assertSound(before: ContractIndex, after: ContractIndex, touched: readonly string[]): void {
  const refusals = refusalsIn(after);
  if (refusals.size === 0) return;
  const known = refusalsIn(before);
  const refused = [...refusals].filter(([name]) => touched.includes(name) || !known.has(name));
  const errors = refused.map(([, error]) => error);
  const [first] = errors;
  if (first === undefined) return;
  throw errors.length === 1 ? first : joinRefusals(first, errors);
}

/** One error for all, so that a person mends them in one go. */
function joinRefusals(first: SlicewiseError, errors: readonly SlicewiseError[]): SlicewiseError {
  const messages = [...new Set(errors.map(({ message }) => message))];
  return contractError(first.code, messages.join('\n'), {
    problems: errors.flatMap(({ details }) => details['problems'] ?? []),
    refused: errors.map((error) => error.toJSON()),
  });
}

function statusOf({ kind, ref, status, registered }: IndexedContract): ContractStatus {
  switch (status) {
    case 'DRAFT':
    case 'ACTIVE':
    case 'DEPRECATED':
    case 'ARCHIVED':
      return status;
    default: {
      const expected = 'a status: DRAFT, ACTIVE, DEPRECATED or ARCHIVED';
      const found = JSON.stringify(status) ?? 'none';
      const problem = { code: 'contract.invalid', pointer: '/status', expected, found, advice: 'Mend the value.' };
      throw refusalOf(contractName(kind, ref), [locateProblem(problem, registered)]);
    }
  }
}

function withStatus(registered: RegisteredContract, status: ContractStatus): RegisteredContract {
  // What is in the registry is a document of a contract.
  return { ...registered, document: { ...(registered.document as object), status } };
}

function describeOutcome({ contract, outcome }: Judged): PublishedContract {
  const { kind, ref, contentHash } = contract;
  return { kind, ref: formatRef(ref), status: statusOf(contract), contentHash, outcome };
}

function contentChanged(name: string, contract: IndexedContract, there: IndexedContract): SlicewiseError {
  const problem = {
    code: 'contract.content_changed',
    pointer: '',
    expected: `the content that ${name} was published with (${there.contentHash})`,
    found: `other content (${contract.contentHash})`,
    advice: 'Restore it, and publish the change as a new version.',
  };
  return refusalOf(name, [locateProblem(problem, contract.registered)]);
}

function notPublished({ name: registry }: Database, name: string): SlicewiseError {
  return contractError(
    'contract.unknown',
    `${name}: expected it in ${registry}, found none. Mend the ref, or publish the contract.`,
    { contract: name },
  );
}
