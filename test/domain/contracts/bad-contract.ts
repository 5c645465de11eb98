import { expect, it } from 'vitest';
import { parsePointer } from '../../../src/domain/canonical/json-pointer.ts';
import { SlicewiseError } from '../../../src/domain/errors.ts';
import { compileSample, type Draft, type SampleDrafts, sampleDrafts } from './sample-contracts.ts';

/** The sample catalogue with one thing broken, and how it is refused. */
export interface BadContract {
  readonly why: string;
  readonly change: Change;
  readonly code: string;
  /** Where the refusal points. */
  readonly pointer: string;
  /** Part of its message. */
  readonly says: string;
}

export type Change = (drafts: SampleDrafts) => void;

/** Writes a member, item or (`''`) the whole document. */
export function put(name: keyof SampleDrafts, pointer: string, value: unknown): Change {
  return (drafts) => {
    const { holder, member } = placeOf(drafts, name, pointer);
    Object.defineProperty(holder, member, { value, enumerable: true, configurable: true, writable: true });
  };
}

/** Removes a member or an item. */
export function drop(name: keyof SampleDrafts, pointer: string): Change {
  return (drafts) => {
    const { holder, member } = placeOf(drafts, name, pointer);
    if (Array.isArray(holder)) holder.splice(Number(member), 1);
    else delete holder[member];
  };
}

/** Adds an item to the end of an array. */
export function push(name: keyof SampleDrafts, pointer: string, value: unknown): Change {
  return (drafts) => {
    const { holder, member } = placeOf(drafts, name, pointer);
    holder[member].push(value);
  };
}

/** Makes the brand join of the sample read a slice type instead of RAW. */
export function joinBrandSlice({ rules }: SampleDrafts): void {
  const [join] = rules.joins;
  Object.assign(join.joinSources, { source: 'BRAND_CORE', ruleSetRef: 'brand-core@1.0.0' });
  delete join.joinSources.schemaRef;
  join.joinProjection = { brand_name: 'name' };
  join.joinImpact = [{ path: 'name', slices: ['PRODUCT_BRAND_ENRICHED'] }];
}

/** Declares an index of the brand join's own type. */
export function indexBrand(members: object): Change {
  return put('rules', '/indexes/0', {
    type: 'brand',
    fromSlice: 'PRODUCT_CORE',
    selector: { path: 'brand_id' },
    indexKey: { format: 'IDX#brand#{value}#product' },
    ...members,
  });
}

export function inTurn(...changes: readonly Change[]): Change {
  return (drafts) => {
    for (const change of changes) change(drafts);
  };
}

/** What the catalogue is refused with after a change. */
export function refusalAfter(change: Change): SlicewiseError {
  const drafts = sampleDrafts();
  change(drafts);
  try {
    compileSample(drafts);
  } catch (error) {
    if (error instanceof SlicewiseError) return error;
    throw error;
  }
  throw new Error('the contract was accepted');
}

export function itRefuses(table: readonly BadContract[]): void {
  it.each(table.map((bad) => [bad.why, bad] as const))('%s', (_why, bad) => {
    const refusal = refusalAfter(bad.change);
    expect(refusal).toMatchObject({ category: 'ContractError', code: bad.code, retryable: false });
    expect(refusal.details['problems']).toContainEqual(
      expect.objectContaining({ code: bad.code, pointer: bad.pointer, origin: 'sample.yaml' }),
    );
    expect(refusal.message).toContain(bad.says);
  });
}

function placeOf(
  drafts: SampleDrafts,
  name: string,
  pointer: string,
): { readonly holder: Draft; readonly member: string } {
  const tokens = [name, ...parsePointer(pointer)];
  const member = tokens.pop() ?? name;
  return { holder: tokens.reduce<Draft>((value, token) => value[token], drafts), member };
}
