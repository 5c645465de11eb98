import type { JsonObject } from '../canonical/json-value.ts';
import { contractError } from '../errors.ts';
import type { LinkedRuleSet } from './compile-rule-set.ts';
import { parseSelector } from './parse-selector.ts';
import { formatSelector, isSamePattern } from './selector.ts';
import type { Selector } from './selector-model.ts';

/** An index that somebody asks for: what is looked up is for people to know, no contract shows it. */
export interface DerivedIndex {
  readonly type: string;
  readonly fromSlice: string;
  readonly selector: Selector;
}

/**
 * Reads `SLICE.path`, or `TYPE=SLICE.path`; without a type the index is named as the path's last member is.
 *
 * @throws `selector.*`; `contract.field_unknown`, where no path follows the slice type
 */
export function parseDerivedIndex(text: string): DerivedIndex {
  const [, type, place = text] = /^([A-Za-z][A-Za-z0-9_.-]*)=(.*)$/s.exec(text) ?? [];
  const { segments } = parseSelector(place);
  const [first, ...rest] = segments;
  const last = rest.findLast((segment) => segment.kind === 'name');
  if (first?.kind !== 'name' || last?.kind !== 'name') {
    throw contractError(
      'contract.field_unknown',
      `index ${JSON.stringify(text)}: expected a slice type, a dot and a path into the slice, found no such path. ` +
        'Write PRODUCT_CORE.status, or another_name=PRODUCT_CORE.status.',
      { index: text },
    );
  }
  const selector = {
    text: formatSelector(rest),
    segments: rest,
    isSingular: rest.every(({ kind }) => kind !== 'wildcard'),
  };
  return { type: type ?? last.name, fromSlice: first.name, selector };
}

/** As items of `indexes`, those that are not declared yet; each in as many shards as others of its type. */
export function deriveIndexes(
  { contract: { definition }, indexes }: LinkedRuleSet,
  wanted: readonly DerivedIndex[],
): readonly JsonObject[] {
  const missing = wanted.filter((index) => !indexes.some((declared) => isSameIndex(declared, index)));
  return missing.map(({ type, fromSlice, selector }) => {
    const claims = [
      ...definition.joins.map(({ joinSources, shards }) => ({ type: joinSources.entityType, shards })),
      ...definition.indexes,
    ];
    const shards = claims.find((claim) => claim.type === type)?.shards ?? 1;
    return {
      type,
      fromSlice,
      selector: { path: selector.text },
      indexKey: { format: `IDX#${type}#{value}#${definition.entityType}` },
      ...(shards > 1 && { shards }),
    };
  });
}

function isSameIndex(left: DerivedIndex, right: DerivedIndex): boolean {
  return (
    left.type === right.type &&
    left.fromSlice === right.fromSlice &&
    isSamePattern(left.selector.segments, right.selector.segments)
  );
}
