import { type ErrorReport, isSlicewiseError } from '../domain/errors.ts';

/** A result, or why there is none: for commands that go on where something is refused. */
export type Attempt<Value> = { readonly value: Value } | { readonly error: ErrorReport };

/** Runs work; an error that is not a `SlicewiseError` stays an error. */
export async function attempt<Value>(work: () => Value | Promise<Value>): Promise<Attempt<Value>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return { error: error.toJSON() };
  }
}
