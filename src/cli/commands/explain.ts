import type { ExplainInput } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { parseNumber, parseReadVersion } from '../flags.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderExplanation } from '../output/render-explanation.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const revision = invocation.flags.text('revision');
  const input: ExplainInput = {
    tenantId: invocation.settings.tenantId,
    entityKey: positional(invocation, 0),
    version: parseReadVersion(requiredFlag(invocation, 'version')),
    ...(revision !== undefined && { revision: parseNumber(revision, '--revision') }),
    ...readSubject(invocation),
  };
  return withRuntime(invocation, async (runtime) => {
    const explanation = await runtime.explain(input);
    const { out } = invocation.terminal;
    await printResult(invocation, explanation, () =>
      renderExplanation(explanation, { paint: out.paint, columns: out.columns, hashes: invocation.settings.hashes }),
    );
    return EXIT_DONE;
  });
}

type Subject = { readonly sliceType: string; readonly ruleSetRef: string } | { readonly viewRef: string };

function readSubject({ flags }: Invocation): Subject {
  const sliceType = flags.text('slice');
  const ruleSetRef = flags.text('ruleSet');
  const viewRef = flags.text('view');
  if (viewRef !== undefined && sliceType === undefined && ruleSetRef === undefined) return { viewRef };
  if (sliceType !== undefined && ruleSetRef !== undefined && viewRef === undefined) return { sliceType, ruleSetRef };
  throw usageError(
    'explain: expected either --view, or --slice and --rule-set together, found another choice of them. ' +
      'Name one view, or one slice type and its rule set.',
  );
}
