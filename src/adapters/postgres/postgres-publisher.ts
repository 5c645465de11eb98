import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { ContractStatus } from '../../domain/contracts/compiled-contracts.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractKind } from '../../domain/contracts/registered-contract.ts';
import { checkFormat } from './check-format.ts';
import { type Database, type DatabaseOptions, openDatabase, quoteIdentifier } from './database.ts';
import {
  changeStatus,
  type Publication,
  type PublishedContract,
  publish,
  type StatusChange,
} from './publish-contracts.ts';
import { type ContractRow, isoOf, readContracts } from './registry-rows.ts';

/** One change of a contract: who, when, what. */
export interface ContractAuditEntry {
  readonly auditNumber: number;
  /** ISO 8601, by the database's clock. */
  readonly changedAt: string;
  /** As the publisher named itself; the role where it did not. */
  readonly actor: string;
  readonly databaseRole: string;
  readonly action: 'published' | 'content_changed' | 'status_changed';
  /** `null`: it was not there. */
  readonly statusBefore: ContractStatus | null;
  readonly statusAfter: ContractStatus;
  readonly contentHash: ContentHash;
}

/** Publishes contracts into a registry, and changes their statuses (design: contracts). */
export interface ContractPublisher {
  /** For messages; holds no secret. */
  readonly name: string;
  /**
   * Puts contracts in, all of them or none. The same content again is `unchanged`; another status is a change of it. What
   * may run is checked as loading does: form, references, proofs, and that nothing else of the registry breaks by it.
   *
   * @throws `contract.*`: `contract.content_changed` (published with other content), `contract.status_illegal`, …
   */
  publish(publication: Publication): Promise<readonly PublishedContract[]>;
  /** @throws `contract.unknown`, `contract.status_illegal`, and what would keep another contract from running */
  changeStatus(change: StatusChange): Promise<PublishedContract>;
  /** Every contract, in no order. */
  list(): Promise<readonly ContractRow[]>;
  /** What happened to one contract, oldest first. */
  history(kind: ContractKind, ref: ContractRef): Promise<readonly ContractAuditEntry[]>;
  close(): Promise<void>;
}

/** Opens a registry for publishing. @throws as `openPostgresStore` */
export async function openPostgresPublisher(options: DatabaseOptions): Promise<ContractPublisher> {
  const database = await openDatabase({ connectionsMax: 1, ...options });
  try {
    await checkFormat(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return {
    name: `contracts in ${database.name}`,
    publish: async (publication) => publish(database, publication),
    changeStatus: async (change) => changeStatus(database, change),
    list: () => readContracts(database, database.schema),
    history: (kind, ref) => readHistory(database, kind, ref),
    close: () => database.close(),
  };
}

type HistoryRow = readonly [
  auditNumber: number,
  changedAt: string,
  actor: string,
  databaseRole: string,
  action: ContractAuditEntry['action'],
  statusBefore: ContractStatus | null,
  statusAfter: ContractStatus,
  contentHash: ContentHash,
];

async function readHistory(
  database: Database,
  kind: ContractKind,
  { id, version }: ContractRef,
): Promise<readonly ContractAuditEntry[]> {
  const rows = await database.rows<HistoryRow>(
    `SELECT audit_number, ${isoOf('changed_at')}, actor, database_role, action, status_before, status_after, content_hash
     FROM ${quoteIdentifier(database.schema)}.contract_audit
     WHERE kind = $1 AND id = $2 AND version = $3 ORDER BY audit_number`,
    [kind, id, version],
  );
  return rows.map(([auditNumber, changedAt, actor, databaseRole, action, statusBefore, statusAfter, contentHash]) => ({
    auditNumber,
    changedAt,
    actor,
    databaseRole,
    action,
    statusBefore,
    statusAfter,
    contentHash,
  }));
}
