import type { SlicingInput, SlicingResult } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { parseNumber } from '../flags.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { describePin } from '../output/describe-pin.ts';
import { describeRebuild } from '../output/describe-rebuild.ts';
import { labelHash, labelList, labelVersion } from '../output/label.ts';
import { renderPairs, renderTable } from '../output/table.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const from = invocation.flags.text('from');
  const target = {
    tenantId: invocation.settings.tenantId,
    entityKey: positional(invocation, 0),
    version: parseNumber(positional(invocation, 1), 'VERSION'),
    ruleSetRef: requiredFlag(invocation, 'ruleSet'),
  };
  const input: SlicingInput =
    from === undefined
      ? { ...target, mode: 'FULL_REBUILD' }
      : { ...target, mode: 'INCREMENTAL', fromVersion: parseNumber(from, '--from') };
  return withRuntime(invocation, async (runtime) => {
    const result = await runtime.slicing(input);
    await printResult(invocation, result, () => renderSlicing(invocation, result));
    return EXIT_DONE;
  });
}

function renderSlicing({ settings, terminal }: Invocation, result: SlicingResult): string {
  const { paint } = terminal.out;
  const { hashes } = settings;
  const dim = (text: string) => paint('dim', text);
  const title = `${paint('bold', labelVersion(result.entityKey, result.version, result.revision))} ${result.outcome}`;
  const pairs = renderPairs(
    [
      ['rule set', `${result.ruleSet.ref}  ${labelHash(result.ruleSet.contentHash, hashes)}`],
      ['mode', describeMode(result)],
      ['manifest', labelHash(result.manifestHash, hashes)],
      ['slicing', labelHash(result.slicingId, hashes)],
      ...Object.entries(result.pins).map(([join, pin]) => [`join ${join}`, describePin(pin, hashes)] as const),
      ['index keys', labelList(result.indexKeys)],
    ],
    dim,
  );
  const slices = renderTable(
    [{ title: 'slice' }, { title: 'hash' }, { title: 'why' }],
    result.slices.map((slice) => [
      slice.sliceType + (slice.tombstone ? ' (tombstone)' : ''),
      labelHash(slice.sliceHash, hashes),
      describeRebuild(slice.rebuilt),
    ]),
    dim,
  );
  const warnings = result.warnings.map((warning) => `${paint('yellow', 'warning')} ${warning}\n`).join('');
  return `${title}\n${pairs}\n${slices}${warnings}`;
}

function describeMode({ mode, requestedMode, fallback }: SlicingResult): string {
  switch (fallback) {
    case null:
      return mode;
    case 'base_missing':
      return `${mode} (asked for ${requestedMode}, but there was no base)`;
    case 'committed_before':
      return `${mode} (asked for ${requestedMode}; committed before, so computed again from nothing, to the same hashes)`;
  }
}
