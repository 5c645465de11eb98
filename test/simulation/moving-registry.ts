import { freezeJson } from '../../src/domain/canonical/freeze-json.ts';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { type ContractRef, parseRef } from '../../src/domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../../src/domain/contracts/registered-contract.ts';
import type { ContractRegistry } from '../../src/ports/contract-registry.ts';

export type ContractStatus = 'DRAFT' | 'ACTIVE' | 'ARCHIVED';

export interface StatusMove {
  readonly ref: string;
  readonly status: ContractStatus;
  readonly atStep: number;
}

/** Each run has the same schemas. */
const SCHEMAS = new Map<string, RegisteredContract>();

/** The registry that all clients of a run share, and the moves that its rule sets made. */
export class MovingRegistry implements ContractRegistry {
  readonly name = 'simulated contracts';
  readonly moves: StatusMove[] = [];
  #contracts: readonly RegisteredContract[];

  constructor(documents: readonly JsonObject[]) {
    this.#contracts = documents.map(register);
  }

  get revision(): number {
    return this.moves.length;
  }

  get: ContractRegistry['get'] = async (kind, ref) => this.#contracts.find((contract) => isNamed(contract, kind, ref));
  list: ContractRegistry['list'] = async (kind) => this.#contracts.filter((contract) => headOf(contract).kind === kind);

  move(move: StatusMove): void {
    if (this.moves.some(({ ref, status }) => ref === move.ref && status === move.status)) return;
    this.#contracts = this.#contracts.map((contract) =>
      isNamed(contract, 'RuleSet', parseRef(move.ref))
        ? register({ ...headOf(contract), status: move.status })
        : contract,
    );
    this.moves.push(move);
  }
}

function register(document: JsonObject): RegisteredContract {
  if (document['kind'] !== 'Schema') return registered(document);
  const text = JSON.stringify(document);
  const known = SCHEMAS.get(text) ?? registered(document);
  SCHEMAS.set(text, known);
  return known;
}

function registered(document: JsonObject): RegisteredContract {
  return { document: freezeJson(document), origin: 'the simulation', locate: () => undefined };
}

function headOf({ document }: RegisteredContract) {
  // Every document of a run is an object with these.
  return document as JsonObject & { readonly kind: string; readonly id: string; readonly version: string };
}

function isNamed(contract: RegisteredContract, kind: ContractKind, { id, version }: ContractRef): boolean {
  const head = headOf(contract);
  return head.kind === kind && head.id === id && head.version === version;
}
