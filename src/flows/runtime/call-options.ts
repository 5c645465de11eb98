export interface CallOptions {
  /** Rejects with `call.aborted` between two store calls; what was written stays, and the same call completes it. */
  readonly signal?: AbortSignal;
}
