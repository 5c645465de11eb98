import type * as Pg from 'pg';
import { SlicewiseError } from '../../domain/errors.ts';

let loading: Promise<typeof Pg> | undefined;

/**
 * The `pg` package, an optional peer, loaded when a database is first opened.
 *
 * @throws `store.driver_missing` where it is not installed
 */
export function loadPg(): Promise<typeof Pg> {
  loading ??= importPg();
  return loading;
}

async function importPg(): Promise<typeof Pg> {
  try {
    return await import('pg');
  } catch (cause) {
    loading = undefined;
    if (!isNotFound(cause)) throw cause;
    throw new SlicewiseError({
      category: 'ValidationError',
      code: 'store.driver_missing',
      message: 'postgres: expected the package `pg` beside slicewise, found none. Install it: `npm install pg`.',
      details: { package: 'pg' },
      cause,
    });
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
}
