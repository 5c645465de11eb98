import { validationError } from './errors.ts';
import { quoteText, showValue } from './shown-value.ts';

/**
 * Who a record belongs to: tenant, entity and data version, checked once at the edge and trusted afterwards
 * (rfc-v4-001 §4-1, §6).
 */

declare const brand: unique symbol;

/** A caller's namespace; part of every key. */
export type TenantId = string & { readonly [brand]: 'TenantId' };
/** `{entityType}#{entityId}`, e.g. `product#P1` (rfc-v4-001 §6). */
export type EntityKey = string & { readonly [brand]: 'EntityKey' };
/** The data version: an integer from 1 to 9,999,999,999 (rfc-v4-001 §4-1). */
export type Version = number & { readonly [brand]: 'Version' };

export const VERSION_MAX = 9_999_999_999;
export const REVISION_MAX = 99_999_999;
/** Bytes of UTF-8. Keeps every composed key within 1,024 bytes on every adapter. */
export const ENTITY_KEY_BYTES_MAX = 512;
/** Bytes of UTF-8. */
export const TENANT_ID_BYTES_MAX = 128;

// Control characters would break the order and the separation of composed keys, and no log shows them.
const FORBIDDEN_IN_PART = /[#\p{Cc}]/u;
// Printable ASCII but for `#`: what nearly every key is made of, and needs no closer look where it is short enough.
const PLAIN_PART = /^[ -"$-~]+$/;
const PLAIN_ENTITY_KEY = /^[ -"$-~]+#[ -"$-~]+$/;

export function parseTenantId(value: unknown): TenantId {
  if (typeof value !== 'string') throw invalidTenantId(`found ${showValue(value)}`);
  const problem = problemOfPart(value, TENANT_ID_BYTES_MAX);
  if (problem !== null) throw invalidTenantId(problem);
  // Checked just above.
  return value as TenantId;
}

/** Takes `product#P1` apart from `product##P1`, `product#` and `product`; each of those is refused. */
export function parseEntityKey(value: unknown): EntityKey {
  if (typeof value !== 'string') throw invalidEntityKey(showValue(value), 'it is not a string');
  const problem = problemOfEntityKey(value);
  if (problem !== null) throw invalidEntityKey(quoteText(value), problem);
  // Checked just above.
  return value as EntityKey;
}

/** Why a text is no entityKey, for a message that has a place of its own; `null` where it is one. */
export function problemOfEntityKey(text: string): string | null {
  if (text.length <= ENTITY_KEY_BYTES_MAX && PLAIN_ENTITY_KEY.test(text)) return null;
  const separator = text.indexOf('#');
  if (separator < 0) return 'it has no `#`';
  const typeProblem = problemOfPart(text.slice(0, separator), ENTITY_KEY_BYTES_MAX);
  if (typeProblem !== null) return `its entity type: ${typeProblem}`;
  const idProblem = problemOfPart(text.slice(separator + 1), ENTITY_KEY_BYTES_MAX);
  if (idProblem !== null) return `its entity id: ${idProblem}`;
  const bytes = Buffer.byteLength(text);
  return bytes > ENTITY_KEY_BYTES_MAX ? `it is ${bytes} bytes long` : null;
}

export function entityTypeOf(entityKey: EntityKey): string {
  return entityKey.slice(0, entityKey.indexOf('#'));
}

export function entityIdOf(entityKey: EntityKey): string {
  return entityKey.slice(entityKey.indexOf('#') + 1);
}

/** @param name how the caller called it, for the message: `version`, `fromVersion`, … */
export function parseVersion(value: unknown, name = 'version'): Version {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > VERSION_MAX) {
    throw validationError(
      'version.invalid',
      `${name}: expected an integer from 1 to ${VERSION_MAX}, found ${showValue(value)}. ` +
        'Versions count the states of one entity and go up by one.',
      { name, found: showValue(value) },
    );
  }
  // Checked just above.
  return value as Version;
}

export function parseRevision(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > REVISION_MAX) {
    throw validationError(
      'revision.invalid',
      `revision: expected an integer from 0 to ${REVISION_MAX}, found ${showValue(value)}. ` +
        'Leave it out to read the newest revision of the version.',
      { found: showValue(value) },
    );
  }
  return value;
}

function problemOfPart(part: string, bytesMax: number): string | null {
  if (part.length <= bytesMax && PLAIN_PART.test(part)) return null;
  if (part === '') return 'it is empty';
  const forbidden = FORBIDDEN_IN_PART.exec(part);
  if (forbidden) return `it holds ${JSON.stringify(forbidden[0])}`;
  if (!part.isWellFormed()) return 'it holds a lone surrogate';
  const bytes = Buffer.byteLength(part);
  return bytes > bytesMax ? `it is ${bytes} bytes long` : null;
}

function invalidTenantId(found: string) {
  return validationError(
    'tenant.invalid',
    `tenantId: expected 1 to ${TENANT_ID_BYTES_MAX} bytes without \`#\` or control characters, ${found}. ` +
      'Take the tenant from the authenticated caller.',
  );
}

function invalidEntityKey(found: string, why: string) {
  return validationError(
    'entity_key.invalid',
    `entityKey: expected {entityType}#{entityId} in at most ${ENTITY_KEY_BYTES_MAX} bytes, found ${found}: ${why}. ` +
      'Neither part may be empty or hold `#` or a control character.',
    { found },
  );
}
