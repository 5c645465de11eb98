import type { Pin, Pins } from '../../../src/domain/records.ts';
import { wantedVersion } from '../../laws/support/oracle.ts';
import type { JoinModel } from '../../support/arbitraries/rule-sets.ts';
import { BRAND_RULES } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';
import { nameOf, type SlicedVersion } from './recompute.ts';

/**
 * A new commit pins what its joins resolved to while it was made: not what lay there before whoever made it had begun,
 * nor another version than its rule says.
 */
export function checkPinsAreFresh(
  ledger: Ledger,
  sliced: SlicedVersion,
  pins: Pins,
  { sinceStep }: { readonly sinceStep: number },
): void {
  for (const join of sliced.model.joins) {
    const pin = pins[join.name];
    if (pin === undefined || pin.entityKey === null || isFresh(ledger, sliced, join, pin, sinceStep)) continue;
    throw new Violation(
      'L3 pins are what the joins resolve to',
      `${nameOf(sliced)}: join ${join.name} pins ${pin.entityKey} v${pin.version ?? 'none'}, begun at step ${sinceStep}`,
    );
  }
}

function isFresh(ledger: Ledger, { version }: SlicedVersion, join: JoinModel, pin: Pin, sinceStep: number): boolean {
  const wanted = wantedVersion(join, version);
  // A pin without a key was left out above.
  const source = String(pin.entityKey);
  if (join.source === 'RAW') {
    return wanted === null
      ? isNewestSince(ledger, source, pin.version, sinceStep)
      : isExactly(ledger, source, pin, wanted, sinceStep);
  }
  return wanted === null
    ? isHeadSince(ledger, join, pin, sinceStep)
    : isRevisionSince(ledger, join, pin, wanted, sinceStep);
}

/** The version was the newest at some time since. */
function isNewestSince(ledger: Ledger, source: string, version: number | null, sinceStep: number): boolean {
  const later = ledger.versionsOf(source).find((known) => version === null || known.version > version);
  return later === undefined || later.inSinceStep > sinceStep;
}

function isExactly(ledger: Ledger, source: string, pin: Pin, wanted: number, sinceStep: number): boolean {
  if (pin.version !== null) return pin.version === wanted;
  return (ledger.versionOf(source, wanted)?.inSinceStep ?? Number.POSITIVE_INFINITY) > sinceStep;
}

function isHeadSince(ledger: Ledger, join: JoinModel, pin: Pin, sinceStep: number): boolean {
  const heads = ledger.headsOf(String(pin.entityKey), BRAND_RULES);
  if (pin.version === null) return (heads[0]?.atStep ?? Number.POSITIVE_INFINITY) > sinceStep;
  return heads.some((head, index) => {
    const manifest = ledger.manifestOf(String(pin.entityKey), BRAND_RULES, head.version, head.revision);
    const isPinned = head.version === pin.version && manifest?.slices[join.source] === pin.hash;
    return isPinned && (heads[index + 1]?.atStep ?? Number.POSITIVE_INFINITY) > sinceStep;
  });
}

/** Slice types that others join have no joins of their own, so a version of theirs has one revision. */
function isRevisionSince(ledger: Ledger, join: JoinModel, pin: Pin, wanted: number, sinceStep: number): boolean {
  const manifest = ledger.newestManifestOf(String(pin.entityKey), BRAND_RULES, wanted);
  if (pin.version !== null) return pin.version === wanted && manifest?.slices[join.source] === pin.hash;
  const committedAt = ledger.committedAt(manifest);
  return committedAt === undefined || committedAt > sinceStep;
}
