import type { Pin } from '../../domain/records.ts';
import { labelHash } from './label.ts';
import { printable } from './text-width.ts';

/** The source that a join used, in words. */
export function describePin(pin: Pin, hashes: 'short' | 'full'): string {
  if (pin.entityKey === null) return 'names no source';
  if (pin.version === null) return `${printable(pin.entityKey)}, which was not there`;
  return `${printable(pin.entityKey)} v${pin.version}  ${labelHash(pin.hash, hashes)}`;
}
