import type { ImpactedSliceKey } from '../../domain/inverted-index/impacted-slices.ts';
import type { FanOutPlan, PlannedChange, StaleHint } from '../../flows/runtime/fan-out/fan-out-calls.ts';
import { groupDigits } from '../ingest/progress.ts';
import { labelHash } from '../output/label.ts';
import { renderPairs, renderTable } from '../output/table.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';

/** Entities, changes or entries that are shown of a list; the rest is counted. */
const SHOWN_MAX = 5;

export interface PlanRendering {
  readonly hashes: 'short' | 'full';
  readonly paint: Paint;
}

/** A plan for people: what has changed, who is concerned and why. */
export function renderPlan(plan: FanOutPlan, { hashes, paint }: PlanRendering): string {
  const { counts, staleHints, changes } = plan;
  const dim = (text: string) => paint('dim', text);
  const optional: readonly (readonly [string, number, string])[] = [
    ['archived', counts.skippedArchived, 'index entries of ARCHIVED rule sets, passed over'],
    ['stale', staleHints.length, 'index entries that nothing bears out, to be swept'],
  ];
  return [
    `${paint('bold', `fan-out of ${changes.length === 1 ? '1 change' : `${groupDigits(changes.length)} changes`}`)}\n`,
    listed(changes, describeChange),
    renderPairs(
      [
        ['plan', labelHash(plan.planHash, hashes)],
        ['parents', `${groupDigits(counts.parents)}  ${dim('to be built again')}`],
        ['cut off', `${groupDigits(counts.cutOff)}  ${dim('take nothing from it that changed')}`],
        ...optional
          .filter(([, count]) => count > 0)
          .map(([name, count, what]) => [name, `${groupDigits(count)}  ${dim(what)}`] as const),
      ],
      dim,
    ),
    listed(staleHints, describeStale),
    renderSlices(plan.slices, dim),
  ].join('');
}

function describeChange({ entityKey, fromVersion, toVersion, settlesTo }: PlannedChange): string {
  const change = `${printable(entityKey)} v${fromVersion} → v${toVersion}`;
  // A slice type that others join is not built so far.
  return settlesTo === toVersion ? change : `${change}, settled up to v${settlesTo}`;
}

function describeStale({ indexKey, entityKey, ruleSetRef, version, revision }: StaleHint): string {
  return `${printable(indexKey)}  ${printable(entityKey)} v${version} r${revision} under ${ruleSetRef}`;
}

function listed<Item>(items: readonly Item[], describe: (item: Item) => string): string {
  const lines = items.slice(0, SHOWN_MAX).map((item) => `  ${describe(item)}\n`);
  return lines.join('') + (items.length > SHOWN_MAX ? `  … and ${groupDigits(items.length - SHOWN_MAX)} more\n` : '');
}

/** One row for all entities whose same slices are concerned for the same reason. */
function renderSlices(slices: readonly ImpactedSliceKey[], dim: (text: string) => string): string {
  if (slices.length === 0) return '';
  const rows = [...Map.groupBy(concernedOf(slices), groupOf).values()].map((group) => {
    // A group has a first one.
    const [{ why, ruleSetRef, sliceTypes }] = group as [Concerned, ...Concerned[]];
    const entities = group.map(({ entityKey }) => entityKey);
    return [why, ruleSetRef, sliceTypes, groupDigits(entities.length), namesOf(entities)];
  });
  const columns = [
    { title: 'why' },
    { title: 'rule set' },
    { title: 'slices' },
    { title: 'entities', align: 'right' as const },
    { title: '' },
  ];
  return `\n${renderTable(columns, rows, dim)}`;
}

/** One entity under one rule set. */
interface Concerned {
  readonly entityKey: string;
  readonly why: string;
  readonly ruleSetRef: string;
  readonly sliceTypes: string;
}

function concernedOf(slices: readonly ImpactedSliceKey[]): readonly Concerned[] {
  const perEntity = Map.groupBy(slices, (slice) => `${slice.entityKey}\n${slice.ruleSetRef}\n${describeReason(slice)}`);
  return [...perEntity.values()].map((group) => {
    const [first] = group as [ImpactedSliceKey, ...ImpactedSliceKey[]];
    const { entityKey, ruleSetRef } = first;
    const sliceTypes = group.map(({ sliceType }) => sliceType).join(', ');
    return { entityKey, ruleSetRef, why: describeReason(first), sliceTypes };
  });
}

function groupOf({ why, ruleSetRef, sliceTypes }: Concerned): string {
  return `${why}\n${ruleSetRef}\n${sliceTypes}`;
}

function describeReason(slice: ImpactedSliceKey): string {
  switch (slice.because) {
    case 'own':
      return 'changed itself';
    case 'source':
      return `joined ${namesOf(slice.sources)}`;
    case 'owed':
      return 'owed anyway';
  }
}

const NAMES_MAX = 3;

function namesOf(keys: readonly string[]): string {
  const shown = keys.slice(0, NAMES_MAX).map(printable).join(', ');
  return keys.length > NAMES_MAX ? `${shown} and ${groupDigits(keys.length - NAMES_MAX)} more` : shown;
}
