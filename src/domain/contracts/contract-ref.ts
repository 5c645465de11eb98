import { contractError } from '../errors.ts';
import { showValue } from '../shown-value.ts';

/** A contract's name: `{ id, version }`, the version a SemVer; written `product-core@1.3.0` (rfc-v4-001 §4-2). */
export interface ContractRef {
  readonly id: string;
  readonly version: string;
}

/** `id@version`: what contracts, records and results show. */
export type ContractRefText = `${string}@${string}`;

/** Ids stay within 64 bytes so that every composed key keeps its limit. */
export const CONTRACT_ID_PATTERN = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

// semver.org's own grammar; build metadata is refused because two builds of one version would be two contents.
export const SEMVER_PATTERN =
  /^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-((?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*))?$/;

const VERSION_LENGTH_MAX = 64;

/** Of the text of a ref, for tools that know patterns alone. */
export const REF_PATTERN = new RegExp(`${CONTRACT_ID_PATTERN.source.slice(0, -1)}@${SEMVER_PATTERN.source.slice(1)}`);

export function formatRef(ref: ContractRef): ContractRefText {
  return `${ref.id}@${ref.version}`;
}

/**
 * @param name how the caller called it, for the message: `viewRef`, `ruleSetRef`, …
 * @throws `contract.ref_invalid` unless the text is `id@SemVer`.
 */
export function parseRef(text: unknown, name = 'contract ref'): ContractRef {
  const ref = readRef(text);
  if (ref !== null) return ref;
  const found = showValue(text);
  throw contractError(
    'contract.ref_invalid',
    `${name}: expected id@version with a SemVer version such as product-core@1.3.0, found ${found}. ` +
      'Name one exact version.',
    { name, found },
  );
}

/** `null` unless the text is `id@SemVer`. */
export function readRef(text: unknown): ContractRef | null {
  if (typeof text !== 'string') return null;
  const at = text.indexOf('@');
  const ref = { id: text.slice(0, at), version: text.slice(at + 1) };
  return at > 0 && isRef(ref) ? ref : null;
}

export function isRef(ref: ContractRef): boolean {
  return (
    CONTRACT_ID_PATTERN.test(ref.id) && ref.version.length <= VERSION_LENGTH_MAX && SEMVER_PATTERN.test(ref.version)
  );
}

/** SemVer precedence (semver.org §11): negative, zero or positive. */
export function compareSemver(left: string, right: string): number {
  const a = SEMVER_PATTERN.exec(left);
  const b = SEMVER_PATTERN.exec(right);
  if (!a || !b)
    throw contractError(
      'contract.ref_invalid',
      `SemVer: expected two versions, found ${left} and ${right}. Mend the ref.`,
    );
  for (const part of [1, 2, 3]) {
    const step = Number(a[part]) - Number(b[part]);
    if (step !== 0) return step;
  }
  return comparePreRelease(a[4], b[4]);
}

function comparePreRelease(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0;
  if (left === undefined) return 1;
  if (right === undefined) return -1;
  const a = left.split('.');
  const b = right.split('.');
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const step = compareIdentifier(a[index] ?? '', b[index] ?? '');
    if (step !== 0) return step;
  }
  return a.length - b.length;
}

function compareIdentifier(left: string, right: string): number {
  const leftIsNumber = /^\d+$/.test(left);
  const rightIsNumber = /^\d+$/.test(right);
  if (leftIsNumber && rightIsNumber) return left.length - right.length || (left < right ? -1 : Number(left > right));
  if (leftIsNumber !== rightIsNumber) return leftIsNumber ? -1 : 1;
  return left < right ? -1 : Number(left > right);
}
