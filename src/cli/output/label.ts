import { printable } from './text-width.ts';

const SHORT_HEX_DIGITS = 12;

/** A hash as people read it: its first digits, unless all are asked for. */
export function labelHash(hash: string | null, hashes: 'short' | 'full'): string {
  if (hash === null) return '–';
  return hashes === 'full' ? hash : hash.slice(0, 'sha256:'.length + SHORT_HEX_DIGITS);
}

/** An entity at a version and, where it has one, a revision: `product#P1 v3 r0`. */
export function labelVersion(entityKey: string, version: number, revision?: number): string {
  return `${printable(entityKey)} v${version}${revision === undefined ? '' : ` r${revision}`}`;
}

/** A list in one cell. */
export function labelList(items: readonly string[]): string {
  return items.length === 0 ? '–' : items.map(printable).join(', ');
}
