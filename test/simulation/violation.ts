/** A law that a run broke. `check` names the demand, so that a smaller run can be seen to break the same one. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The law, e.g. `L5`, and the demand. */
  readonly check: string;

  constructor(check: string, found: string) {
    super(`${check}: ${found}`);
    this.check = check;
  }
}
