import { isSlicewiseError, SlicewiseError } from '../../domain/errors.ts';
import type { EntityKey, Version } from '../../domain/identity.ts';

/** A version that was tried: it may be in, or it is. */
export interface TriedVersion {
  readonly entityKey: EntityKey;
  readonly version: Version;
}

/** Work after a version was tried: where it fails softly, the error says which version the call is to be repeated with. */
export async function namingTried<Result>(
  tried: TriedVersion | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (tried === undefined || !isSlicewiseError(error) || !error.retryable) throw error;
    throw nameTried(error, tried);
  }
}

/** The same soft error; whoever asked for `next` would otherwise put the content in a second time. */
export function nameTried(error: SlicewiseError, { entityKey, version }: TriedVersion): SlicewiseError {
  return new SlicewiseError({
    category: error.category,
    code: error.code,
    message:
      `${error.message} Whether ${entityKey} version ${version} is in, and followed, is not known: ` +
      'call again with that version, not with `next`.',
    details: { ...error.details, entityKey, triedVersion: version },
    cause: error,
  });
}
