import { userInfo } from 'node:os';
import type { EraseEntityResult, ErasureProgress } from '../../flows/runtime/erasure/erasure-calls.ts';
import { EXIT_DONE, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import { groupDigits } from '../ingest/progress.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import { printable } from '../output/text-width.ts';
import { printResult } from '../print-result.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { settings, flags } = invocation;
  const input = {
    tenantId: settings.tenantId,
    entityKey: positional(invocation, 0),
    reason: requiredFlag(invocation, 'reason'),
    by: flags.text('by') ?? userInfo().username,
    dryRun: flags.has('dryRun'),
  };
  return withRuntime(invocation, (runtime) =>
    withStop(async ({ signal }) => {
      const end = await watchCall<ErasureProgress, EraseEntityResult>(invocation, signal, {
        call: (watch) => runtime.eraseEntity(input, watch),
        stateOf: ({ entities }) => ({
          unit: 'entities looked at',
          done: entities,
          refused: 0,
          reached: 0,
          total: null,
        }),
      });
      if ('result' in end) return reportErased(invocation, end.result);
      return reportStopped(invocation, input);
    }),
  );
}

async function reportErased(invocation: Invocation, result: EraseEntityResult): Promise<ExitCode> {
  const { followed } = result;
  const isFollowed = followed === null || followed.outcome === 'settled';
  const state = result.order === null ? 'dry-run' : 'erased';
  await printResult(invocation, { state, ...result }, () => renderErased(invocation, result));
  return isFollowed ? EXIT_DONE : EXIT_RETRY;
}

function renderErased({ terminal, flags }: Invocation, result: EraseEntityResult): string {
  const { counts, version, order, followed, deletion } = result;
  const { versions, payloads, changeSets, slices, hints, parents } = counts;
  const title = order === null ? 'would be erased' : 'erased';
  const rows: readonly (readonly [string, string])[] = [
    [title, `${printable(result.entityKey)}, up to version ${version}`],
    ...(order === null
      ? []
      : [['deleted by version', `${version}${deletion === 'there' ? ', there before' : ''}`] as const]),
    ['versions without content', groupDigits(versions)],
    ['payloads deleted', groupDigits(payloads)],
    ['changesets without content', groupDigits(changeSets)],
    ['slices without content', `${groupDigits(slices)}, copies of ${groupDigits(parents)} other entities among them`],
    ['index entries deleted', groupDigits(hints)],
    ...(order === null ? [] : [['recorded as', `order ${groupDigits(order)} of this entity`] as const]),
  ];
  const pairs = renderPairs(rows, (name) => terminal.out.paint('dim', name));
  if (followed === null) return pairs;
  const refused = followed.refused === 0 ? '' : refusedWithout(followed.refused, flags);
  if (followed.outcome === 'settled') return pairs + refused;
  return `${pairs}${refused}Not all who joined it have followed: ${nextCommand(flags, ['resume'])}\n`;
}

function refusedWithout(count: number, flags: Invocation['flags']): string {
  const list = nextCommand(flags, ['entities', '--state', 'FAILED']);
  return `${groupDigits(count)} cannot go on without it, and have lost their copy: ${list}\n`;
}

async function reportStopped(
  invocation: Invocation,
  { entityKey, reason, by }: { readonly entityKey: string; readonly reason: string; readonly by: string },
): Promise<ExitCode> {
  const again = nextCommand(invocation.flags, ['admin', 'erase', entityKey, '--reason', reason, '--by', by]);
  const result = { state: 'stopped', entityKey };
  await printResult(
    invocation,
    result,
    () => `stopped; not all of ${printable(entityKey)} is erased\nTo go on: ${again}\n`,
  );
  return EXIT_RETRY;
}
