import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { RaceOutcome } from './race-outcome.ts';

const RACER = join(import.meta.dirname, 'racing-process.ts');

export interface RacedUrl {
  readonly url: string;
  /** What the processes need besides, such as credentials. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs processes of writers over one store to their end. */
export async function runRace(raced: RacedUrl, processes: number): Promise<readonly RaceOutcome[]> {
  const racers = Array.from({ length: processes }, (_, index) => runToEnd(startRacer(raced, index)));
  return (await Promise.all(racers)).flat();
}

/** The same, but each process is killed as soon as it has said so many words. */
export async function runKilledRace(raced: RacedUrl, moments: readonly number[]): Promise<readonly RaceOutcome[]> {
  const racers = moments.map((moment, index) => runUntilKilled(startRacer(raced, index), moment));
  return (await Promise.all(racers)).flat();
}

type Racer = ChildProcessByStdio<null, Readable, null>;

function startRacer({ url, environment }: RacedUrl, index: number): Racer {
  const env = { ...process.env, ...environment };
  return spawn(process.execPath, [RACER, url, String(index)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function runToEnd(racer: Racer): Promise<readonly RaceOutcome[]> {
  const exited = once(racer, 'exit');
  const outcomes: RaceOutcome[] = [];
  for await (const line of createInterface({ input: racer.stdout })) outcomes.push(JSON.parse(line));
  const [exitCode] = await exited;
  if (exitCode !== 0) throw new Error(`a racing process: expected exit code 0, found ${exitCode}.`);
  return outcomes;
}

async function runUntilKilled(racer: Racer, moment: number): Promise<readonly RaceOutcome[]> {
  const outcomes: RaceOutcome[] = [];
  for await (const line of createInterface({ input: racer.stdout })) {
    outcomes.push(JSON.parse(line));
    if (outcomes.length === moment) racer.kill('SIGKILL');
  }
  return outcomes;
}
