/** What a client was told is so. */
import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { JsonObject, JsonValue } from '../../../src/domain/canonical/json-value.ts';
import type { ViewResult } from '../../../src/domain/view/view-result.ts';
import type { IndexedEntity } from '../../../src/flows/runtime/listing-calls.ts';
import type { InsertRawdataResult, ResumeResult, SlicingResult } from '../../../src/flows/runtime/runtime.ts';
import { canonicalTextOf, sha256Of } from '../../laws/support/oracle-values.ts';
import { viewField } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import { canonicalInput } from './input-checks.ts';
import type { Ledger } from './ledger.ts';

export function checkToldInserted(ledger: Ledger, told: InsertRawdataResult, payload: JsonObject | null): void {
  const { entityKey, version, rawHash, schema } = told;
  const sent = sha256Of(canonicalInput(ledger, entityKey, payload), ...schema.ref.split('@'));
  const known = ledger.versionOf(entityKey, version);
  if (known?.rawHash === rawHash && rawHash === sent) return;
  throw new Violation('L12 what was said to be in is in', `${entityKey} v${version}, ${told.outcome}`);
}

export function checkToldSliced(ledger: Ledger, told: SlicingResult): void {
  const { entityKey, version, revision, ruleSet, manifestHash, slices } = told;
  const known = ledger.manifestOf(entityKey, ruleSet.ref, version, revision);
  const hashes = Object.fromEntries(slices.map(({ sliceType, sliceHash }) => [sliceType, sliceHash]));
  if (known?.manifestHash === manifestHash && canonicalText(known.slices) === canonicalText(hashes)) return;
  throw new Violation(
    'L12 what was said to be committed is committed',
    `${entityKey} ${ruleSet.ref} v${version}.${revision}`,
  );
}

export function checkToldResumed(told: ResumeResult): void {
  const { owed, settled, leftRefused, refused, droppedArchived, leftToOthers } = told;
  if (owed === settled + leftRefused + refused + droppedArchived + leftToOthers) return;
  throw new Violation('L12 the counts of a resume add up', JSON.stringify(told));
}

/** L10: a view shows the slices of one commit, as they are; the active one is one that was active while it was asked for. */
export function checkToldView(
  ledger: Ledger,
  told: ViewResult<JsonObject>,
  asked: { readonly entityKey: string; readonly version: number | 'active'; readonly sinceStep: number },
): void {
  const { version, revision, manifestHash, ruleSetRef, viewRef } = told.meta;
  const name = `${viewRef} of ${asked.entityKey} v${version}.${revision}`;
  const manifest = ledger.manifestOf(asked.entityKey, ruleSetRef, version, revision);
  if (manifest === undefined || manifest.manifestHash !== manifestHash)
    throw new Violation('L10 a view reads a commit', name);
  if (
    asked.version === 'active' ? !wasActive(ledger, asked.entityKey, told, asked.sinceStep) : asked.version !== version
  ) {
    throw new Violation('L10 a view reads the version that was asked for', name);
  }
  const expected = shown(ledger, asked.entityKey, viewRef, manifest.slices);
  if (canonicalText(told.data) !== canonicalTextOf(expected))
    throw new Violation('L10 a view shows slices as they are', name);
}

/** An entry that is called true is one that a head supported while it was asked for; a stale one is not. */
export function checkToldIndexed(
  ledger: Ledger,
  told: IndexedEntity,
  { indexKey, sinceStep }: { readonly indexKey: string; readonly sinceStep: number },
): void {
  const { entityKey, ruleSetRef, sliceType, standing } = told;
  if (sliceType !== '*' || standing === 'pending') return;
  const heads = ledger.headsOf(entityKey, ruleSetRef);
  const meanwhile = heads.filter((_, index) => (heads[index + 1]?.atStep ?? Number.POSITIVE_INFINITY) > sinceStep);
  const isSo = meanwhile.some(({ version, revision }) => {
    const pins = Object.values(ledger.manifestOf(entityKey, ruleSetRef, version, revision)?.pins ?? {});
    const isNamed = pins.some((pin) => `IDX#${pin.entityKey}#product` === indexKey);
    return isNamed === (standing === 'true');
  });
  if (isSo) return;
  throw new Violation(
    'L10 an index names who is there, and says so of nobody else',
    `${indexKey}: ${entityKey} ${ruleSetRef} is called ${standing}`,
  );
}

function wasActive(ledger: Ledger, entityKey: string, { meta }: ViewResult<JsonObject>, sinceStep: number): boolean {
  const heads = ledger.headsOf(entityKey, meta.ruleSetRef);
  return heads.some(
    ({ version, revision }, index) =>
      version === meta.version &&
      revision === meta.revision &&
      (heads[index + 1]?.atStep ?? Number.POSITIVE_INFINITY) > sinceStep,
  );
}

function shown(
  ledger: Ledger,
  entityKey: string,
  viewRef: string,
  slices: Readonly<Record<string, string>>,
): JsonObject {
  const view = ledger.models.views.find(({ ref }) => ref === viewRef);
  const fields = (view?.slices ?? []).flatMap((slice): [string, JsonValue][] => {
    const payload = ledger.slicePayload(entityKey, view?.ruleSetRef ?? '', slice.type, slices[slice.type] ?? '') ?? {};
    return slice.fields.flatMap(({ name }): [string, JsonValue][] => {
      const value = payload[name];
      return value === undefined ? [] : [[viewField(slice, name), value]];
    });
  });
  return Object.fromEntries(fields);
}
