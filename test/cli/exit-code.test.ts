import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { usageError } from '../../src/cli/output/usage-error.ts';
import { conflict, missing, SlicewiseError, validationError } from '../../src/domain/errors.ts';

describe('the exit code of an error', () => {
  it.each([
    ['refused input', validationError('a.b', 'no'), 1],
    ['something that is missing', missing('a.b', 'no'), 1],
    ['a bug of ours', new TypeError('no'), 1],
    ['a wrong command line', usageError('no'), 2],
    ['a lost race', conflict('a.b', 'no'), 3],
    ['a storage that could not', new SlicewiseError({ category: 'StorageUnavailable', code: 'a.b', message: 'no' }), 3],
    ['a call that was stopped', new SlicewiseError({ category: 'Aborted', code: 'a.b', message: 'no' }), 3],
  ])('for %s is right', (_, error, exitCode) => {
    expect(exitCodeOf(error)).toBe(exitCode);
  });
});
