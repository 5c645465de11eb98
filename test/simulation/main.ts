/**
 * `npm run simulation -- --seeds N --first-seed S [--json]`: runs seeds on all cores, shows progress, prints the trace
 * of every violation, and ends with one line. Exit code 1: a law was broken.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type FailureReport, formatReport } from './report.ts';
import type { SeedOutcome } from './worker.ts';

interface Options {
  readonly firstSeed: number;
  readonly seeds: number;
  readonly isJson: boolean;
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    'first-seed': { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const options: Options = {
  seeds: readCount('--seeds', values.seeds, 1),
  firstSeed: readCount('--first-seed', values['first-seed'], 0),
  isJson: values.json,
};
const outcomes = await runSeeds(options);
const failures = outcomes.flatMap(({ failure }) => (failure === null ? [] : [failure]));
printResult(options, outcomes, failures);
process.exitCode = failures.length === 0 ? 0 : 1;

function readCount(flag: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw new Error(`${flag}: expected an integer from ${least}, found ${text}. Give one, or leave the flag out.`);
}

/** In the order of the seeds, however they were shared out. */
async function runSeeds({ seeds, firstSeed }: Options): Promise<readonly SeedOutcome[]> {
  const done: SeedOutcome[] = [];
  const showProgress = progressOf(seeds);
  let next = firstSeed;
  const takeSeed = () => (next < firstSeed + seeds ? next++ : undefined);
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      const send = () => {
        const seed = takeSeed();
        if (seed === undefined) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(seed);
      };
      worker.on('message', (outcome: SeedOutcome) => {
        done.push(outcome);
        showProgress(done);
        send();
      });
      worker.on('error', reject);
      send();
    });
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), seeds) }, work));
  return done.sort((left, right) => left.seed - right.seed);
}

/** On a terminal one line that changes; elsewhere a line for every tenth of the work. */
function progressOf(seeds: number): (done: readonly SeedOutcome[]) => void {
  const { stderr } = process;
  const every = stderr.isTTY ? 1 : Math.max(1, Math.floor(seeds / 10));
  return (done) => {
    if (done.length % every !== 0) return;
    const line = `${done.length} of ${seeds} seeds, ${violationsIn(done)} violations`;
    if (!stderr.isTTY) stderr.write(`${line}\n`);
    else stderr.write(`\r${line}${done.length === seeds ? '\n' : ''}`);
  };
}

function violationsIn(done: readonly SeedOutcome[]): number {
  return done.filter(({ failure }) => failure !== null).length;
}

function printResult(
  { isJson, firstSeed }: Options,
  done: readonly SeedOutcome[],
  found: readonly FailureReport[],
): void {
  const steps = done.reduce((sum, outcome) => sum + outcome.steps, 0);
  if (isJson) {
    console.log(JSON.stringify({ seeds: done.length, firstSeed, steps, violations: found }));
    return;
  }
  for (const failure of found) console.log(`${formatReport(failure)}\n`);
  console.log(`${done.length} seeds, ${steps} steps, ${found.length} violations`);
}
