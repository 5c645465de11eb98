import type { JsonObject } from '../../domain/canonical/json-value.ts';
import type { BehindReport, ViewResult } from '../../domain/view/view-result.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { parseNumber, parseReadVersion } from '../flags.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { describeBehind } from '../output/describe-behind.ts';
import { formatJsonPretty } from '../output/format-json.ts';
import { labelHash, labelVersion } from '../output/label.ts';
import { renderPairs } from '../output/table.ts';
import { printable, textWidth } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const revision = invocation.flags.text('revision');
  const input = {
    tenantId: invocation.settings.tenantId,
    viewRef: positional(invocation, 0),
    entityKey: positional(invocation, 1),
    version: parseReadVersion(requiredFlag(invocation, 'version')),
    ...(revision !== undefined && { revision: parseNumber(revision, '--revision') }),
  };
  return withRuntime(invocation, async (runtime) => {
    const result = await runtime.queryView(input);
    await printResult(invocation, result, () => renderView(invocation, input.entityKey, result));
    return EXIT_DONE;
  });
}

function renderView({ settings, terminal }: Invocation, entityKey: string, result: ViewResult<JsonObject>): string {
  const { paint, columns } = terminal.out;
  const { meta } = result;
  const dim = (text: string) => paint('dim', text);
  const status = paint(result.status === 'complete' ? 'green' : 'yellow', result.status);
  const title = `${paint('bold', `${meta.viewRef} of ${labelVersion(entityKey, meta.version, meta.revision)}`)} ${status}`;
  const missing = result.status === 'complete' ? [] : result.missing;
  return [
    `${title}\n\n`,
    renderFields(result.data, columns, (name) => paint('cyan', name)),
    ...missing.map(
      ({ sliceType, reason, fields }) =>
        `${paint('yellow', 'left out')} ${sliceType} (${reason}): ${fields.map(printable).join(', ')}\n`,
    ),
    '\n',
    renderPairs(
      [
        ['rule set', `${meta.ruleSetRef}  ${labelHash(meta.ruleSetHash, settings.hashes)}`],
        ['view', `${meta.viewRef}  ${labelHash(meta.viewHash, settings.hashes)}`],
        ['manifest', labelHash(meta.manifestHash, settings.hashes)],
      ],
      dim,
    ),
    renderBehind(meta.behind, (text) => paint('yellow', text)),
    ...meta.warnings.map((warning) => `${paint('yellow', 'warning')} ${printable(warning)}\n`),
  ].join('');
}

function renderFields(data: Partial<JsonObject>, columns: number, styleName: (text: string) => string): string {
  const width = Math.max(0, ...Object.keys(data).map((name) => textWidth(printable(name))));
  const indent = ' '.repeat(width + 2);
  const pairs = Object.entries(data).map(([name, value]) => {
    const lines = formatJsonPretty(value, columns - indent.length).split('\n');
    return [printable(name), lines.map(printable).join(`\n${indent}`)] as const;
  });
  return renderPairs(pairs, styleName);
}

function renderBehind(behind: BehindReport | null, style: (text: string) => string): string {
  return behind === null ? '' : `${style('behind')} ${describeBehind(behind)}\n`;
}
