import type { ContractRefText } from '../../../domain/contracts/contract-ref.ts';

/** A rule set's entries in a tenant's inverted index. */
export interface IndexInput {
  readonly tenantId: string;
  readonly ruleSetRef: string;
}

export interface ReindexInput extends IndexInput {
  /**
   * `start` (the default) looks at every entity. `where_stopped` goes on with a rebuild that was stopped: only where
   * nothing was lost since.
   */
  readonly from?: 'start' | 'where_stopped';
}

export interface ReindexCounts {
  /** Entities of the rule set's type that were looked at. */
  readonly entities: number;
  /** Entries that were put, or found there. */
  readonly entries: number;
  /**
   * Entities some of whose stored data is damaged: declared entries of a slice that cannot be read are left out, and so
   * is the owed slicing of a version that would be refused. Nobody who joined anything is.
   */
  readonly unreadable: number;
}

export interface ReindexResult extends ReindexCounts {
  readonly tenantId: string;
  readonly ruleSetRef: ContractRefText;
}

/** A rule set's index, from now on not trusted. */
export interface MarkedIndex {
  readonly tenantId: string;
  readonly ruleSetRef: ContractRefText;
}
