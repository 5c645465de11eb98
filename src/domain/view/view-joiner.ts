import type { JsonObject, JsonValue } from '../canonical/json-value.ts';
import type { CompiledView, ViewField } from '../contracts/compiled-contracts.ts';
import { formatRef } from '../contracts/contract-ref.ts';
import { selectField } from '../contracts/selector.ts';
import { missing } from '../errors.ts';
import type { EntityKey, Version } from '../identity.ts';
import type { MissingSlice } from './view-result.ts';

/** The slices of one manifest that a view reads; `null`: a tombstone. */
export type ViewSlices = ReadonlyMap<string, JsonObject | null>;

export interface ViewSubject {
  readonly view: CompiledView;
  readonly entityKey: EntityKey;
  readonly version: Version;
  readonly slices: ViewSlices;
}

export type JoinedView =
  | { readonly status: 'complete'; readonly data: JsonObject }
  | { readonly status: 'partial'; readonly data: JsonObject; readonly missing: readonly MissingSlice[] };

/**
 * Joins slices into a view by key; computes nothing (rfc-v4-001 §1-6, rfc-v4-002 §5-3).
 * @throws `view.slice_missing` where a tombstone may not be left out.
 */
export function joinView(subject: ViewSubject): JoinedView {
  const { view, slices } = subject;
  const tombstones = [...view.requiredSlices, ...view.optionalSlices].filter((type) => slices.get(type) === null);
  for (const sliceType of tombstones) assertMayBeLeftOut(subject, sliceType);
  const data = dataOf(view, slices);
  if (tombstones.length === 0) return { status: 'complete', data };
  return { status: 'partial', data, missing: tombstones.map((sliceType) => missingSliceOf(view, sliceType)) };
}

function dataOf(view: CompiledView, slices: ViewSlices): JsonObject {
  const data: Record<string, JsonValue> = {};
  for (const field of view.fields) {
    const value = fieldValueOf(view, field, slices.get(field.sliceType) ?? null);
    if (value === undefined) continue;
    // Assigned, it would be the prototype and no member.
    if (field.to === '__proto__') Object.defineProperty(data, field.to, { value, ...OWN_MEMBER });
    else data[field.to] = value;
  }
  return data;
}

const OWN_MEMBER = { enumerable: true, writable: true, configurable: true } as const;

function fieldValueOf(view: CompiledView, field: ViewField, slice: JsonObject | null): JsonValue | undefined {
  if (slice !== null) return selectField(field.selector, slice);
  return view.fallbackPolicy === 'DEFAULT_VALUE' ? field.default : undefined;
}

function missingSliceOf(view: CompiledView, sliceType: string): MissingSlice {
  const fields = view.fields.filter((field) => field.sliceType === sliceType).map((field) => field.to);
  return { sliceType, reason: 'tombstone', fields };
}

function assertMayBeLeftOut({ view, entityKey, version }: ViewSubject, sliceType: string): void {
  const isOptional = view.optionalSlices.includes(sliceType);
  if (view.missingPolicy === 'PARTIAL_ALLOWED' && (isOptional || !view.optionalOnly)) return;
  const advice =
    view.missingPolicy === 'FAIL_CLOSED'
      ? 'Set `missingPolicy: PARTIAL_ALLOWED` in the view if it may be left out.'
      : 'Move it to `optionalSlices`, or set `partialPolicy: { optionalOnly: false }`, if it may be left out.';
  const viewRef = formatRef(view.ref);
  throw missing(
    'view.slice_missing',
    `view ${viewRef}, ${entityKey} version ${version}: expected the ` +
      `${isOptional ? 'optional' : 'required'} slice ${sliceType}, found a tombstone. ${advice}`,
    { viewRef, entityKey, version, sliceType },
  );
}
