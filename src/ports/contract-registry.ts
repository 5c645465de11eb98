import type { ContractRef } from '../domain/contracts/contract-ref.ts';
import type { ContractKind, RegisteredContract } from '../domain/contracts/registered-contract.ts';

/** Where contracts come from. Reads only; what it answers may change in status and by new versions, never in content. */
export interface ContractRegistry {
  /** For messages and logs; holds no secret. */
  readonly name: string;
  /** Goes up whenever an answer may have changed; callers may remember answers for as long as it stays. */
  readonly revision: number;
  /** @throws `contract.unreadable`, `contract.duplicate` (two documents with one kind, id and version) */
  get(kind: ContractKind, ref: ContractRef): Promise<RegisteredContract | undefined>;
  /** All contracts of a kind, whatever their status, ordered by id and version. */
  list(kind: ContractKind): Promise<readonly RegisteredContract[]>;
}
