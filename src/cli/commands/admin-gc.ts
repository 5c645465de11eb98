import type { CollectPayloadsResult, CollectSlicesResult } from '../../flows/runtime/collection/collection-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { parseAge } from '../collection/age.ts';
import { collectionPairs } from '../collection/render-collection.ts';
import { EXIT_DONE, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { renderPairs } from '../output/table.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

type What = 'payloads' | 'slices';
type Collected = CollectPayloadsResult | CollectSlicesResult;

export async function run(invocation: Invocation): Promise<ExitCode> {
  const whats = whatsOf(invocation);
  return withRuntime(invocation, (runtime) =>
    withStop(async ({ signal }) => {
      const ends = new Map<What, CollectionEnd>();
      for (const what of whats) {
        if (!signal.aborted) ends.set(what, await collect(invocation, runtime, what, signal));
      }
      return report(invocation, whats, ends);
    }),
  );
}

/** Both, where none is named. @throws `cli.usage` */
function whatsOf({ flags }: Invocation): readonly What[] {
  const named = (['payloads', 'slices'] as const).filter((what) => flags.has(what));
  const whats = named.length === 0 ? (['payloads', 'slices'] as const) : named;
  if (flags.text('cursor') === undefined || whats.length === 1) return whats;
  throw usageError('--cursor: expected --payloads or --slices beside it, found both or none. Name the one it is of.');
}

interface CollectionEnd {
  readonly state: 'complete' | 'stopped';
  readonly result: Collected | undefined;
}

async function collect(
  { settings, flags, ...invocation }: Invocation,
  runtime: Runtime,
  what: What,
  signal: AbortSignal,
): Promise<CollectionEnd> {
  const [age, cursor] = [flags.text('olderThan'), flags.text('cursor')];
  const input = {
    tenantId: settings.tenantId,
    dryRun: flags.has('dryRun'),
    ...(age !== undefined && { olderThanMs: parseAge(age, '--older-than') }),
    ...(cursor !== undefined && { cursor }),
  };
  const end = await watchCall<Collected, Collected>({ settings, flags, ...invocation }, signal, {
    call: (watch) =>
      what === 'payloads' ? runtime.collectPayloads(input, watch) : runtime.collectSlices(input, watch),
    stateOf: ({ entities }) => ({ unit: 'entities', done: entities, refused: 0, reached: 0, total: null }),
  });
  return 'result' in end ? { state: 'complete', result: end.result } : { state: 'stopped', result: end.stoppedAt };
}

async function report(
  invocation: Invocation,
  whats: readonly What[],
  ends: ReadonlyMap<What, CollectionEnd>,
): Promise<ExitCode> {
  const isDryRun = invocation.flags.has('dryRun');
  const isComplete = whats.every((what) => ends.get(what)?.state === 'complete');
  const found = Object.fromEntries(whats.map((what) => [what, ends.get(what)?.result ?? null]));
  const result = { state: isComplete ? 'complete' : 'stopped', dryRun: isDryRun, ...found };
  await printResult(invocation, result, () => {
    const { paint } = invocation.terminal.out;
    const pairs = [...ends].flatMap(([what, { result: counts }]) =>
      counts === undefined ? [] : collectionPairs(what, counts, isDryRun),
    );
    return renderPairs(pairs, (name) => paint('dim', name)) + (isComplete ? '' : goOn(invocation, whats, ends));
  });
  return isComplete ? EXIT_DONE : EXIT_RETRY;
}

function goOn({ flags }: Invocation, whats: readonly What[], ends: ReadonlyMap<What, CollectionEnd>): string {
  const [stopped] = whats.filter((what) => ends.get(what)?.state !== 'complete');
  const cursor = stopped === undefined ? null : (ends.get(stopped)?.result?.cursor ?? null);
  const from = cursor === null ? [] : ['--cursor', cursor];
  const flagsOfRun = [...(flags.has('dryRun') ? ['--dry-run'] : []), ...ageFlag(flags.text('olderThan'))];
  return `To go on: ${nextCommand(flags, ['admin', 'gc', `--${stopped ?? 'payloads'}`, ...flagsOfRun, ...from])}\n`;
}

function ageFlag(age: string | undefined): readonly string[] {
  return age === undefined ? [] : ['--older-than', age];
}
