import { hashCanonical } from '../../domain/canonical/hash.ts';
import type { JsonObject } from '../../domain/canonical/json-value.ts';
import { validationError } from '../../domain/errors.ts';

/** Opaque page cursors: versioned, and bound to the listing that gave them. */

const CURSOR_VERSION = 1;

/** @param listing what the cursor is bound to: the listing's name and its arguments, the tenant among them */
export function encodeCursor(listing: JsonObject, position: string): string {
  return Buffer.from(JSON.stringify([CURSOR_VERSION, bindingOf(listing), position])).toString('base64url');
}

/** @throws `cursor.invalid` where it is none of ours, or of another listing */
export function decodeCursor(listing: JsonObject, cursor: string): string {
  const [version, binding, position] = parseCursor(cursor);
  if (version === CURSOR_VERSION && binding === bindingOf(listing) && typeof position === 'string') return position;
  throw validationError(
    'cursor.invalid',
    'cursor: expected the cursor that a page of this very listing gave (same tenant, entity and arguments), ' +
      'found another. Start again without a cursor.',
  );
}

function parseCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function bindingOf(listing: JsonObject): string {
  return hashCanonical(listing).slice('sha256:'.length, 'sha256:'.length + 16);
}
