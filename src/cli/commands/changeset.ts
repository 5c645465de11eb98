import type { CreateChangeSetResult } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { parseNumber } from '../flags.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { formatJson } from '../output/format-json.ts';
import { labelHash, labelList, labelVersion } from '../output/label.ts';
import { renderPairs, renderTable } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const input = {
    tenantId: invocation.settings.tenantId,
    entityKey: positional(invocation, 0),
    fromVersion: parseNumber(positional(invocation, 1), 'FROM'),
    toVersion: parseNumber(positional(invocation, 2), 'TO'),
    ruleSetRef: requiredFlag(invocation, 'ruleSet'),
  };
  return withRuntime(invocation, async (runtime) => {
    const result = await runtime.createChangeSet(input);
    await printResult(invocation, result, () => renderChangeSet(invocation, result));
    return EXIT_DONE;
  });
}

function renderChangeSet({ settings, terminal }: Invocation, result: CreateChangeSetResult): string {
  const { paint } = terminal.out;
  const from = result.fromVersion === 0 ? 'nothing' : `v${result.fromVersion}`;
  const title = `${paint('bold', labelVersion(result.entityKey, result.toVersion))} from ${from}, ${result.changeType}`;
  const pairs = renderPairs(
    [
      ['rule set', `${result.ruleSet.ref}  ${labelHash(result.ruleSet.contentHash, settings.hashes)}`],
      ['changeset', `${labelHash(result.changesetHash, settings.hashes)}  ${result.outcome}`],
      ['changed', labelList(result.changedKeys)],
      ['impacted', labelList(result.impactedSlices)],
    ],
    (name) => paint('dim', name),
  );
  const rows = result.ops.map((op) => [
    op.op,
    op.path === '' ? '(all of it)' : printable(op.path),
    'value' in op ? clip(printable(formatJson(op.value)), terminal.out.columns) : '',
  ]);
  const ops = rows.length === 0 ? 'nothing changed\n' : renderOps(rows, (text) => paint('dim', text));
  return `${title}\n${pairs}\n${ops}`;
}

function renderOps(rows: readonly (readonly string[])[], styleTitle: (text: string) => string): string {
  return renderTable([{ title: 'op' }, { title: 'path' }, { title: 'value' }], rows, styleTitle);
}

/** Values are there to recognise; `--json` has them whole. */
function clip(text: string, columns: number): string {
  const width = Math.max(20, Math.floor(columns / 2));
  return text.length <= width ? text : `${text.slice(0, width).toWellFormed()}…`;
}
