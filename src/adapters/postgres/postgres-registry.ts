import { freezeJson } from '../../domain/canonical/freeze-json.ts';
import {
  type ContractIndex,
  contractName,
  contractsOfKind,
  type IndexedContract,
  indexContracts,
  isSameContract,
} from '../../domain/contracts/contract-index.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { checkFormat } from './check-format.ts';
import { type Database, type DatabaseOptions, openDatabase } from './database.ts';
import { readContracts, readRevision, toRegistered } from './registry-rows.ts';

export interface PostgresRegistryOptions extends DatabaseOptions {
  /** How old an answer may be, in milliseconds: so long a change of the registry may take to reach a service. Default 2,000. */
  readonly refreshMs?: number;
}

/** Contracts from a database (design: contracts; rfc-v4-004 appendix). */
export interface PostgresRegistry extends ContractRegistry {
  /** Asks the database now, instead of when an answer is next too old. @throws as the port, and `store.*` */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

const REFRESH_MS = 2_000;

/**
 * Opens the contract registry on Postgres, through the package `pg` (ADR 0041). It only reads: `openPostgresPublisher`
 * writes. One look at one row tells whether anything changed; what did not stays the same object.
 *
 * While the database cannot be reached, what was loaded holds, and what has to be asked rejects with `store.unavailable`.
 *
 * @throws as `openPostgresStore`
 */
export async function openPostgresRegistry(options: PostgresRegistryOptions): Promise<PostgresRegistry> {
  const database = await openDatabase({ connectionsMax: 1, ...options });
  try {
    await checkFormat(database);
  } catch (error) {
    await database.close();
    throw error;
  }
  return new ContractRows(database, options.refreshMs ?? REFRESH_MS);
}

class ContractRows implements PostgresRegistry {
  readonly name: string;
  readonly #database: Database;
  readonly #refreshMs: number;
  #revision = 0;
  #current: ContractIndex | undefined;
  /** Of the database, when `#current` was read. */
  #seenRevision = -1;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<ContractIndex> | undefined;

  constructor(database: Database, refreshMs: number) {
    this.name = `contracts in ${database.name}`;
    this.#database = database;
    this.#refreshMs = refreshMs;
  }

  /** Whoever keeps answers asks for it all the time; that is when the database is asked again, behind the caller's back. */
  get revision(): number {
    // A failure shows where an answer is needed.
    if (this.#current !== undefined && this.#isOld()) this.#ask().catch(() => undefined);
    return this.#revision;
  }

  async get(kind: ContractKind, ref: ContractRef): Promise<RegisteredContract | undefined> {
    return (await this.#fresh()).get(contractName(kind, ref))?.registered;
  }

  async list(kind: ContractKind): Promise<readonly RegisteredContract[]> {
    return contractsOfKind(await this.#fresh(), kind);
  }

  async refresh(): Promise<void> {
    // One that began before this call may have looked before the change that the caller knows of.
    await this.#asking?.catch(() => undefined);
    await this.#ask();
  }

  async close(): Promise<void> {
    await this.#asking?.catch(() => undefined);
    await this.#database.close();
  }

  async #fresh(): Promise<ContractIndex> {
    return this.#current !== undefined && !this.#isOld() ? this.#current : this.#ask();
  }

  #isOld(): boolean {
    return performance.now() - this.#askedAtMs >= this.#refreshMs;
  }

  #ask(): Promise<ContractIndex> {
    this.#asking ??= this.#read().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #read(): Promise<ContractIndex> {
    const askedAtMs = performance.now();
    // Before the rows: what changes in between is found again by the next look.
    const revision = await readRevision(this.#database, this.#database.schema);
    if (this.#current === undefined || revision !== this.#seenRevision) {
      const rows = await readContracts(this.#database, this.#database.schema);
      this.#accept(indexContracts(rows.map((row) => toRegistered(row, this.#database))));
      this.#seenRevision = revision;
    }
    this.#askedAtMs = askedAtMs;
    // It was accepted just now, or before.
    return this.#current as ContractIndex;
  }

  #accept(found: ContractIndex): void {
    const index = new Map([...found].map(([name, contract]) => [name, this.#keepSame(name, contract)]));
    if (this.#current !== undefined) this.#revision += 1;
    this.#current = index;
  }

  /** A contract that did not change stays the same object: callers remember what they made of it. */
  #keepSame(name: string, contract: IndexedContract): IndexedContract {
    const before = this.#current?.get(name);
    if (before !== undefined && isSameContract(before, contract)) return before;
    freezeJson(contract.registered.document);
    return contract;
  }
}
