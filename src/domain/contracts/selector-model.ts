/**
 * A selector as the runtime evaluates it: RFC 9535 restricted to singular queries and `[*]` (rfc-v4-001 §9-2).
 * `brand_id` is short for `$.brand_id`.
 */
export interface Selector {
  /** As the contract wrote it; for messages. */
  readonly text: string;
  readonly segments: readonly SelectorSegment[];
  /** Whether it names at most one place. */
  readonly isSingular: boolean;
}

export type SelectorSegment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'wildcard' };
