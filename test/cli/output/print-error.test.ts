import { describe, expect, it } from 'vitest';
import { renderError, reportOf } from '../../../src/cli/output/print-error.ts';
import { conflict, validationError } from '../../../src/domain/errors.ts';

const plain = (_: string, text: string) => text;

describe('an error for people', () => {
  it('has its code on the first line and its message below', () => {
    expect(renderError(validationError('a.b', 'first\nsecond').toJSON(), plain)).toBe('error a.b\n  first\n  second\n');
  });

  it('says when trying again may help', () => {
    expect(renderError(conflict('a.b', 'no').toJSON(), plain)).toContain('the same command again may succeed');
  });

  it('cannot steer the terminal', () => {
    expect(renderError(validationError('a.b', '\u001b[2J').toJSON(), plain)).toBe('error a.b\n  \\u001b[2J\n');
  });
});

describe('an error that is none of ours', () => {
  it('is reported as a bug, with its message', () => {
    expect(reportOf(new TypeError('x is not a function'))).toMatchObject({
      code: 'internal.unexpected',
      message: expect.stringContaining('x is not a function'),
    });
  });
});
