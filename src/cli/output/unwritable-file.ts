import { SlicewiseError } from '../../domain/errors.ts';

/** A file that a command was to write, and could not: the path is wrong, or there is no room. */
export function unwritableFile(path: string, cause: unknown): SlicewiseError {
  const found = cause instanceof Error ? cause.message : String(cause);
  return new SlicewiseError({
    category: 'ValidationError',
    code: 'output.unwritable',
    message: `${path}: expected a file that can be written, found ${found}. Check the folder, its permissions and the room left.`,
    details: { output: path },
    cause,
  });
}
