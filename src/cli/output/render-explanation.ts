import type { ExplainedSlice, Explanation, MovedSource } from '../../flows/runtime/runtime.ts';
import { describeBehind } from './describe-behind.ts';
import { describePin } from './describe-pin.ts';
import { describeRebuild } from './describe-rebuild.ts';
import { formatJsonPretty } from './format-json.ts';
import { labelHash, labelVersion } from './label.ts';
import type { Paint } from './terminal.ts';
import { padEnd, printable, textWidth } from './text-width.ts';
import { renderTree, type TreeNode } from './tree.ts';

export interface ExplanationStyle {
  readonly paint: Paint;
  readonly columns: number;
  readonly hashes: 'short' | 'full';
}

/** Columns that branches take at most before a payload. */
const BRANCHES = 12;

/** Where slices come from, as a tree: the commit, its contracts, and each slice's reason, inputs, pins and payload. */
export function renderExplanation(explanation: Explanation, style: ExplanationStyle): string {
  const { paint, hashes } = style;
  const title = paint('bold', labelVersion(explanation.entityKey, explanation.version, explanation.revision));
  const { behind } = explanation;
  const contracts = Object.entries(explanation.contracts);
  return renderTree(
    {
      label: `${title} ${explanation.mode}, ${explanation.slicedAt}`,
      children: [
        ...alignPairs(
          [
            ...(explanation.view === null ? [] : [pairOf('view', explanation.view.ref, explanation.view.contentHash)]),
            pairOf('rule set', explanation.ruleSet.ref, explanation.ruleSet.contentHash),
            pairOf('raw data', explanation.schemaRef, explanation.rawHash),
            pairOf('changeset', '', explanation.changesetHash),
            pairOf('manifest', '', explanation.manifestHash),
            pairOf('slicing', '', explanation.slicingId),
            ['trace', explanation.decisionTraceId],
          ],
          style,
        ),
        {
          label: 'contracts, as recorded at the commit',
          children: alignPairs(
            contracts.map(([name, hash]) => pairOf(name, '', hash)),
            style,
          ),
        },
        ...explanation.slices.map((slice) => explainSlice(slice, style)),
        ...(behind === null ? [] : [{ label: `${paint('yellow', 'behind')} ${describeBehind(behind)}` }]),
      ],
    },
    (text) => paint('dim', text),
  );

  function pairOf(name: string, ref: string, hash: string | null): readonly [string, string] {
    return [name, `${ref}${ref === '' ? '' : '  '}${labelHash(hash, hashes)}`];
  }
}

function explainSlice(slice: ExplainedSlice, style: ExplanationStyle): TreeNode {
  const { paint, columns, hashes } = style;
  const tombstone = slice.tombstone ? paint('yellow', ' tombstone') : '';
  const inputs = Object.entries(slice.inputs).map(
    ([member, source]) => [printable(member), `← ${printable(source)}`] as const,
  );
  const pins = Object.entries(slice.pins).map(
    ([join, pin]) => [`join ${printable(join)}`, describePin(pin, hashes)] as const,
  );
  const payload = formatJsonPretty(slice.payload, columns - BRANCHES)
    .split('\n')
    .map(printable)
    .join('\n');
  return {
    label: `${paint('bold', slice.sliceType)}${tombstone}  ${labelHash(slice.sliceHash, hashes)}`,
    children: [
      { label: describeRebuild(slice.rebuilt) + describeMoved(slice.movedSources) },
      ...(inputs.length === 0 ? [] : [{ label: 'inputs', children: alignPairs(inputs, style) }]),
      ...alignPairs(pins, style),
      ...(slice.tombstone ? [] : [{ label: 'payload', children: [{ label: payload }] }]),
      ...(slice.readBy.length === 0 ? [] : [{ label: `read by ${slice.readBy.map(printable).join(', ')}` }]),
    ],
  };
}

function describeMoved(sources: readonly MovedSource[]): string {
  const moved = sources.map(({ entityKey, fromVersion, toVersion }) => {
    const [from, to] = [fromVersion, toVersion].map((version) => (version === null ? 'none' : `v${version}`));
    return `${entityKey === null ? 'no source' : printable(entityKey)} ${from} → ${to}`;
  });
  return moved.length === 0 ? '' : ` (${moved.join(', ')})`;
}

function alignPairs(
  pairs: readonly (readonly [name: string, value: string])[],
  { paint }: ExplanationStyle,
): TreeNode[] {
  const width = Math.max(0, ...pairs.map(([name]) => textWidth(name)));
  return pairs.map(([name, value]) => ({ label: `${paint('cyan', padEnd(name, width))}  ${value}` }));
}
