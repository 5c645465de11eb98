import type { FanOutPlan, FanOutProgress, FanOutResult } from '../../flows/runtime/fan-out/fan-out-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { EXIT_DONE, EXIT_REFUSED, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import { type FanOutRequest, readRequest } from '../fan-out/fan-out-request.ts';
import { readPlanFile, writePlanFile } from '../fan-out/plan-file.ts';
import { planOwed } from '../fan-out/plan-owed.ts';
import { renderFanOutResult } from '../fan-out/render-fan-out-result.ts';
import { renderPlan } from '../fan-out/render-plan.ts';
import { groupDigits } from '../ingest/progress.ts';
import type { Invocation } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { formatJson } from '../output/format-json.ts';
import { printable } from '../output/text-width.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const request = readRequest(invocation);
  return withRuntime(invocation, (runtime) =>
    withStop(async ({ signal }) => {
      const plan = await planOf(invocation, request, runtime, signal);
      if (plan === null) return sayNothingOwed(invocation);
      await printForPeople(invocation, (paint) => renderPlan(plan, { hashes: invocation.settings.hashes, paint }));
      const { flags } = invocation;
      const isOnlyPlanned = flags.has('planOnly') || flags.text('out') !== undefined;
      return isOnlyPlanned ? leavePlan(invocation, plan) : apply(invocation, runtime, plan, signal);
    }),
  );
}

type Paint = Invocation['terminal']['out']['paint'];

async function printForPeople({ settings, terminal }: Invocation, render: (paint: Paint) => string): Promise<void> {
  if (settings.format === 'human') await terminal.out.write(render(terminal.out.paint));
}

/** `stopped`: how far it had come. */
async function printForMachines(
  { settings, terminal }: Invocation,
  outcome: {
    readonly plan: FanOutPlan | null;
    readonly result: FanOutResult | null;
    readonly stopped?: FanOutProgress;
  },
): Promise<void> {
  if (settings.format === 'json') await terminal.out.write(`${formatJson(outcome)}\n`);
}

/** `null`: nothing is owed. */
async function planOf(
  { settings: { tenantId } }: Invocation,
  request: FanOutRequest,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<FanOutPlan | null> {
  if (request.of === 'plan') return readPlanFile(request.path, tenantId);
  const { entityKey } = request;
  if (request.of === 'range') return runtime.planFanOut({ tenantId, ...request }, { signal });
  return planOwed(runtime, { tenantId, entityKey }, signal);
}

async function sayNothingOwed(invocation: Invocation): Promise<ExitCode> {
  const [entityKey = ''] = invocation.positionals;
  await printForPeople(
    invocation,
    () => `${printable(entityKey)}: nothing is owed, whoever joins it has followed its newest version\n`,
  );
  await printForMachines(invocation, { plan: null, result: null });
  return EXIT_DONE;
}

async function leavePlan(invocation: Invocation, plan: FanOutPlan): Promise<ExitCode> {
  const { flags } = invocation;
  const path = flags.text('out');
  if (path !== undefined) {
    await writePlanFile(path, plan);
    const apply = nextCommand(flags, ['fan-out', '--plan', path]);
    await printForPeople(invocation, () => `\nNothing was built so far. To apply the plan: ${apply}\n`);
  }
  await printForMachines(invocation, { plan, result: null });
  return EXIT_DONE;
}

async function apply(
  invocation: Invocation,
  runtime: Runtime,
  plan: FanOutPlan,
  signal: AbortSignal,
): Promise<ExitCode> {
  const outcome = await applyShowing(invocation, runtime, plan, signal);
  if ('stopped' in outcome) {
    const { stopped } = outcome;
    await printForPeople(invocation, (paint) => renderStopped(stopped, paint));
    await printForMachines(invocation, { plan, result: null, stopped });
    return EXIT_RETRY;
  }
  const { result } = outcome;
  const { flags } = invocation;
  await printForPeople(invocation, (paint) => `\n${renderFanOutResult({ plan, result, flags }, paint)}`);
  await printForMachines(invocation, { plan, result });
  return result.refused.length > 0 ? EXIT_REFUSED : EXIT_DONE;
}

async function applyShowing(
  invocation: Invocation,
  runtime: Runtime,
  plan: FanOutPlan,
  signal: AbortSignal,
): Promise<{ readonly result: FanOutResult } | { readonly stopped: FanOutProgress }> {
  const end = await watchCall<FanOutProgress, FanOutResult>(invocation, signal, {
    call: (watch) => runtime.applyFanOut(plan, watch),
    stateOf: ({ done, total }) => ({ unit: 'slicings', done, refused: 0, reached: done, total }),
  });
  return 'result' in end ? end : { stopped: end.stoppedAt ?? { done: 0, total: countSlicings(plan) } };
}

function countSlicings({ slices }: FanOutPlan): number {
  return new Set(slices.map(({ entityKey, ruleSetRef }) => `${entityKey}\n${ruleSetRef}`)).size;
}

function renderStopped({ done, total }: FanOutProgress, paint: Paint): string {
  const advice = 'Run the same command again: what is done is found up to date.';
  return `\nstopped after ${groupDigits(done)} of ${groupDigits(total)} slicings\n${paint('yellow', advice)}\n`;
}
