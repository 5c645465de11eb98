/** A request that was turned away as often as the policy allows. */
export class RetriesExhausted extends Error {
  override readonly name = 'RetriesExhausted';
  readonly attempts: number;

  constructor(attempts: number, cause: unknown) {
    super('a request was turned away too often', { cause });
    this.attempts = attempts;
  }
}
