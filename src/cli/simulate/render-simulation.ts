import type { CreateChangeSetResult, ExplainedSlice } from '../../flows/runtime/runtime.ts';
import type { Attempt } from '../attempt.ts';
import { describePin } from '../output/describe-pin.ts';
import { describeRebuild } from '../output/describe-rebuild.ts';
import { formatJsonPretty } from '../output/format-json.ts';
import { labelHash, labelList, labelVersion } from '../output/label.ts';
import type { Paint } from '../output/terminal.ts';
import { printable } from '../output/text-width.ts';
import { renderTree, type TreeNode } from '../output/tree.ts';
import type { SimulatedRuleSet, SimulatedVersion, SimulatedView } from './simulate-versions.ts';

export interface SimulationStyle {
  readonly paint: Paint;
  readonly columns: number;
  readonly hashes: 'short' | 'full';
}

/** Columns that branches take at most before a payload. */
const BRANCHES = 12;

/** One version as a tree: its rule sets, and under each changeset, slices and views. */
export function renderSimulation({ rawdata, ruleSets }: SimulatedVersion, style: SimulationStyle): string {
  const { paint, hashes } = style;
  const title = paint('bold', labelVersion(rawdata.entityKey, rawdata.version)) + (rawdata.deleted ? ' deleted' : '');
  const label = `${title}  ${rawdata.schema.ref}  raw ${labelHash(rawdata.rawHash, hashes)}`;
  const children = ruleSets.map((ruleSet) => renderRuleSet(ruleSet, style));
  return renderTree({ label, children }, (text) => paint('dim', text));
}

function renderRuleSet({ ruleSetRef, changeset, slices, views }: SimulatedRuleSet, style: SimulationStyle): TreeNode {
  return {
    label: style.paint('cyan', ruleSetRef),
    children: [
      nodeOf(changeset, 'changeset', style, (value) => ({ label: describeChangeSet(value, style) })),
      ...('error' in slices
        ? [nodeOf(slices, 'slices', style, () => ({ label: '' }))]
        : slices.value.map((slice) => renderSlice(slice, style))),
      ...views.map((view) => renderView(view, style)),
    ],
  };
}

function describeChangeSet(changeset: CreateChangeSetResult, { hashes }: SimulationStyle): string {
  const { changeType, changedKeys, impactedSlices, changesetHash } = changeset;
  const impact = `${labelList(changedKeys)} → ${labelList(impactedSlices)}`;
  return `changeset  ${changeType}: ${impact}  ${labelHash(changesetHash, hashes)}`;
}

function renderSlice(slice: ExplainedSlice, style: SimulationStyle): TreeNode {
  const { paint, hashes } = style;
  const tombstone = slice.tombstone ? paint('yellow', ' tombstone') : '';
  const pins = Object.entries(slice.pins).map(([join, pin]) => ({
    label: `join ${printable(join)}  ${describePin(pin, hashes)}`,
  }));
  return {
    label: `${paint('bold', slice.sliceType)}${tombstone}  ${labelHash(slice.sliceHash, hashes)}  ${describeRebuild(slice.rebuilt)}`,
    children: [...pins, ...(slice.tombstone ? [] : [payloadNode(slice.payload, style)])],
  };
}

function renderView({ viewRef, result }: SimulatedView, style: SimulationStyle): TreeNode {
  return nodeOf(result, `view ${viewRef}`, style, (value) => ({
    label: `view ${style.paint('cyan', viewRef)}  ${value.status}`,
    children: [payloadNode(value.data, style)],
  }));
}

function payloadNode(payload: unknown, { columns }: SimulationStyle): TreeNode {
  return {
    label: formatJsonPretty(payload, columns - BRANCHES)
      .split('\n')
      .map(printable)
      .join('\n'),
  };
}

function nodeOf<Value>(
  attempted: Attempt<Value>,
  name: string,
  { paint }: SimulationStyle,
  render: (value: Value) => TreeNode,
): TreeNode {
  if ('value' in attempted) return render(attempted.value);
  const { code, message } = attempted.error;
  const lines = message.split('\n').map(printable);
  return { label: `${name}  ${paint('red', 'refused')} ${paint('bold', code)}\n${lines.join('\n')}` };
}
