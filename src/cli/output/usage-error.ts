import { type SlicewiseError, validationError } from '../../domain/errors.ts';

/** The command line is wrong: exit code 2. */
export function usageError(message: string): SlicewiseError {
  return validationError('cli.usage', message);
}
