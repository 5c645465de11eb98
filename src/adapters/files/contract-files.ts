import { readFile } from 'node:fs/promises';
import { freezeJson } from '../../domain/canonical/freeze-json.ts';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import { parseJson } from '../../domain/canonical/parse-json.ts';
import {
  type ContractIndex,
  contractName,
  contractsOfKind,
  type IndexedContract,
  indexContracts,
  isSameContract,
} from '../../domain/contracts/contract-index.ts';
import { type LocatedProblem, locateProblem, refusalOf } from '../../domain/contracts/contract-problem.ts';
import type { ContractRef } from '../../domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { isSlicewiseError, SlicewiseError } from '../../domain/errors.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { listContractFiles } from './contract-files-walk.ts';
import { locateInJson, type ReadFile, readYaml, unreadable } from './contract-files-yaml.ts';

export interface FileRegistryOptions {
  /** The folder; all `*.yaml`, `*.yml` and `*.json` files in it and below are contracts. */
  readonly dir: string;
}

/** Contracts from files, read when they are first asked for. */
export interface FileRegistry extends ContractRegistry {
  /**
   * Reads the files again, so that new versions and other statuses reach a running service. All or nothing: where it
   * throws, the contracts stay as they were.
   *
   * @throws as the port, and `contract.content_changed` where a version that was published (any status but DRAFT) has
   * other content now
   */
  reload(): Promise<void>;
}

export function createFileRegistry({ dir }: FileRegistryOptions): FileRegistry {
  return new ContractFiles(dir);
}

class ContractFiles implements FileRegistry {
  readonly name: string;
  readonly #dir: string;
  #revision = 0;
  #current: ContractIndex | undefined;
  /** Reads run one behind the other, so that an older one never replaces a newer. */
  #lastRead: Promise<ContractIndex> | undefined;
  /** What each version held when it was first seen published, also where its file is gone since. */
  readonly #published = new Map<string, ContentHash>();

  constructor(dir: string) {
    this.#dir = dir;
    this.name = `contracts in ${dir}`;
  }

  get revision(): number {
    return this.#revision;
  }

  async get(kind: ContractKind, ref: ContractRef): Promise<RegisteredContract | undefined> {
    return (await this.#load()).get(contractName(kind, ref))?.registered;
  }

  async list(kind: ContractKind): Promise<readonly RegisteredContract[]> {
    return contractsOfKind(await this.#load(), kind);
  }

  async reload(): Promise<void> {
    await this.#read();
  }

  #load(): Promise<ContractIndex> {
    if (this.#current !== undefined) return Promise.resolve(this.#current);
    return this.#lastRead ?? this.#read();
  }

  #read(): Promise<ContractIndex> {
    const before = this.#lastRead?.catch(() => undefined) ?? Promise.resolve(undefined);
    const read = before.then(async () => this.#accept(indexContracts(await readContracts(this.#dir))));
    this.#lastRead = read;
    // A failed read is tried again by the next call: the files may be mended by then.
    const forget = (): void => {
      if (this.#lastRead === read) this.#lastRead = undefined;
    };
    read.then(forget, forget);
    return read;
  }

  #accept(found: ContractIndex): ContractIndex {
    this.#refuseChangedContent(found);
    const previous = this.#current ?? new Map<string, IndexedContract>();
    const index = new Map([...found].map(([name, contract]) => [name, keepDocument(contract, previous.get(name))]));
    for (const [name, contract] of index) {
      if (contract.status !== 'DRAFT') this.#published.set(name, contract.contentHash);
    }
    if (this.#current !== undefined && !isSameIndex(previous, index)) this.#revision += 1;
    this.#current = index;
    return index;
  }

  #refuseChangedContent(found: ContractIndex): void {
    const problems: LocatedProblem[] = [];
    for (const [name, contract] of found) {
      const published = this.#published.get(name);
      if (published === undefined || published === contract.contentHash) continue;
      const problem = {
        code: 'contract.content_changed',
        pointer: '',
        expected: `the content that ${name} was published with (${published})`,
        found: `other content (${contract.contentHash})`,
        advice: 'Restore it, and publish the change as a new version.',
      };
      problems.push(locateProblem(problem, contract.registered));
    }
    if (problems.length > 0) throw refusalOf(this.name, problems);
  }
}

/** A document that did not change stays the same object: callers remember what they made of it. */
function keepDocument(contract: IndexedContract, previous: IndexedContract | undefined): IndexedContract {
  if (previous === undefined || !isSameContract(previous, contract)) {
    freezeJson(contract.registered.document);
    return contract;
  }
  return { ...contract, registered: { ...contract.registered, document: previous.registered.document } };
}

function isSameIndex(left: ContractIndex, right: ContractIndex): boolean {
  return (
    left.size === right.size &&
    [...left].every(([name, contract]) => {
      const other = right.get(name);
      return other !== undefined && isSameContract(contract, other);
    })
  );
}

async function readContracts(dir: string): Promise<readonly RegisteredContract[]> {
  const files = await listFiles(dir);
  const contracts: RegisteredContract[] = [];
  const problems: LocatedProblem[] = [];
  for (const file of files) {
    const read = await readContractFile(file);
    contracts.push(...read.contracts);
    problems.push(...read.problems);
  }
  if (problems.length > 0) throw refusalOf(`contracts in ${dir}`, problems);
  return contracts;
}

async function listFiles(dir: string): Promise<readonly string[]> {
  try {
    return await listContractFiles(dir);
  } catch (error) {
    throw new SlicewiseError({
      category: 'ContractError',
      code: 'contract.unreadable',
      message: `contracts in ${dir}: expected a folder that can be read, found ${reasonOf(error)}. Name the folder of your contracts.`,
      details: { dir },
      cause: error,
    });
  }
}

async function readContractFile(file: string): Promise<ReadFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (error) {
    return failed(file, {
      expected: 'a file that can be read',
      found: reasonOf(error),
      advice: 'Mend its permissions.',
    });
  }
  const yaml = await import('yaml');
  if (file.endsWith('.json')) return readJson(yaml, bytes, file);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return failed(file, { expected: 'UTF-8', found: 'bytes that are not', advice: 'Save the file as UTF-8.' });
  }
  try {
    return readYaml(yaml, text, file);
  } catch (error) {
    // The parser recurses: a text that exhausts its stack is no contract.
    if (!(error instanceof RangeError)) throw error;
    return failed(file, { expected: 'YAML 1.2', found: 'values nested too deeply', advice: 'Mend the file.' });
  }
}

function readJson(yaml: typeof import('yaml'), bytes: Uint8Array, file: string): ReadFile {
  try {
    const document = parseJson(bytes);
    const locate = (pointer: string) => locateInJson(yaml, new TextDecoder().decode(bytes), pointer);
    return { contracts: [{ document, origin: file, locate }], problems: [] };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return failed(file, { expected: 'strict JSON', found: error.message, advice: 'Mend the file.' });
  }
}

function failed(file: string, flaw: Pick<LocatedProblem, 'expected' | 'found' | 'advice'>): ReadFile {
  return { contracts: [], problems: [unreadable(file, undefined, flaw)] };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
