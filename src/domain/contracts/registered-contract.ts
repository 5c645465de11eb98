export type ContractKind = 'Schema' | 'RuleSet' | 'View';

export const CONTRACT_KINDS: readonly ContractKind[] = ['Schema', 'RuleSet', 'View'];

/** A contract as it was published: parsed from its text, not yet checked. */
export interface RegisteredContract {
  /** Plain JSON. The same object as long as nothing changed: callers may remember what they made of it. */
  readonly document: unknown;
  /** Where a person finds it, e.g. `contracts/brand.yaml` or `object 3`. */
  readonly origin: string;
  /** The line and column of a JSON Pointer's place, from 1; `undefined` where the origin has none. */
  locate(pointer: string): SourcePosition | undefined;
}

export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}
