import { createObjectRegistry } from '../../src/adapters/memory/contract-objects.ts';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { ContractRegistry } from '../../src/ports/contract-registry.ts';

export type ContractStatus = 'DRAFT' | 'ACTIVE' | 'ARCHIVED';

export interface StatusMove {
  readonly ref: string;
  readonly status: ContractStatus;
  readonly atStep: number;
}

/** The registry that all clients of a run share, and the moves that its rule sets made. */
export class MovingRegistry implements ContractRegistry {
  readonly name = 'simulated contracts';
  readonly moves: StatusMove[] = [];
  #documents: readonly JsonObject[];
  #current: ContractRegistry;

  constructor(documents: readonly JsonObject[]) {
    this.#documents = documents;
    this.#current = createObjectRegistry(documents);
  }

  get revision(): number {
    return this.moves.length;
  }

  get: ContractRegistry['get'] = (kind, ref) => this.#current.get(kind, ref);
  list: ContractRegistry['list'] = (kind) => this.#current.list(kind);

  move(move: StatusMove): void {
    if (this.moves.some(({ ref, status }) => ref === move.ref && status === move.status)) return;
    this.#documents = this.#documents.map((document) =>
      document['kind'] === 'RuleSet' && `${document['id']}@${document['version']}` === move.ref
        ? { ...document, status: move.status }
        : document,
    );
    this.#current = createObjectRegistry(this.#documents);
    this.moves.push(move);
  }
}
