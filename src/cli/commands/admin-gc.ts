import type { CollectPayloadsResult, CollectSlicesResult } from '../../flows/runtime/collection/collection-calls.ts';
import type { Runtime } from '../../flows/runtime/runtime.ts';
import { parseAge } from '../collection/age.ts';
import { collectionPairs } from '../collection/render-collection.ts';
import { EXIT_DONE, EXIT_RETRY, type ExitCode } from '../exit-code.ts';
import type { Flags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { nextCommand } from '../next-command.ts';
import { withRuntime } from '../open-runtime.ts';
import { hasPayloadStore } from '../open-store.ts';
import { renderPairs } from '../output/table.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';
import { watchCall } from '../watch-call.ts';
import { withStop } from '../with-stop.ts';

type What = (typeof WHATS)[number];
type Collected = CollectPayloadsResult | CollectSlicesResult;

const WHATS = ['payloads', 'slices'] as const;

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

/** Both, where none is named; slices alone, where there are no payloads to look at. @throws `cli.usage` */
function whatsOf({ flags, settings }: Invocation): readonly What[] {
  const named = WHATS.filter((what) => flags.has(what));
  if (flags.text('cursor') !== undefined && named.length !== 1) {
    throw usageError('--cursor: expected --payloads or --slices beside it, found both or none. Name the one it is of.');
  }
  if (named.length > 0) return named;
  return hasPayloadStore(settings) ? WHATS : ['slices'];
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
  const leftOut = leftOutOf(invocation, whats);
  const result = { state: isComplete ? 'complete' : 'stopped', dryRun: isDryRun, ...found, leftOut };
  await printResult(invocation, result, () => {
    const { paint } = invocation.terminal.out;
    const pairs = [...ends].flatMap(([what, { result: counts }]) =>
      counts === undefined ? [] : collectionPairs(what, counts, isDryRun),
    );
    const table = renderPairs(pairs, (name) => paint('dim', name));
    return (
      table + leftOut.map(() => nameTheStore(invocation)).join('') + (isComplete ? '' : goOn(invocation, whats, ends))
    );
  });
  return isComplete ? EXIT_DONE : EXIT_RETRY;
}

/** What would have been looked at, had there been a place to look. */
function leftOutOf({ flags }: Invocation, whats: readonly What[]): readonly What[] {
  return WHATS.some((what) => flags.has(what)) ? [] : WHATS.filter((what) => !whats.includes(what));
}

function nameTheStore({ flags }: Invocation): string {
  const words = ['admin', 'gc', '--payloads', ...flagsOfRun(flags), '--payload-store', 's3://BUCKET/PREFIX'];
  return `Payloads were left out: no payload store is named. To look at them: ${nextCommand(flags, words)}\n`;
}

function goOn({ flags }: Invocation, whats: readonly What[], ends: ReadonlyMap<What, CollectionEnd>): string {
  const [stopped] = whats.filter((what) => ends.get(what)?.state !== 'complete');
  const cursor = stopped === undefined ? null : (ends.get(stopped)?.result?.cursor ?? null);
  const from = cursor === null ? [] : ['--cursor', cursor];
  return `To go on: ${nextCommand(flags, ['admin', 'gc', `--${stopped ?? 'payloads'}`, ...flagsOfRun(flags), ...from])}\n`;
}

function flagsOfRun(flags: Flags): readonly string[] {
  return [...(flags.has('dryRun') ? ['--dry-run'] : []), ...ageFlag(flags.text('olderThan'))];
}

function ageFlag(age: string | undefined): readonly string[] {
  return age === undefined ? [] : ['--older-than', age];
}
