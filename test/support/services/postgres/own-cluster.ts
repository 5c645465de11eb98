/** A Postgres of a test's own, from the server that is installed, so that it can be killed. */
import { execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findFreePort } from '../free-port.ts';

// Where Debian's packages put each version's programs.
const INSTALLED = '/usr/lib/postgresql';

export interface Cluster {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it at once and unprepared, as a crash would: it has to recover when it starts again. */
  kill(): Promise<void>;
  /** Removes the files of one that is stopped. */
  remove(): void;
}

/** The folder of the newest server's programs; `undefined` where none is installed, or none may be run. */
export function findServer(): string | undefined {
  if (!existsSync(INSTALLED)) return undefined;
  const versions = readdirSync(INSTALLED).filter((version) => existsSync(join(INSTALLED, version, 'bin/pg_ctl')));
  const newest = versions.toSorted((left, right) => Number(right) - Number(left))[0];
  return newest === undefined ? undefined : join(INSTALLED, newest, 'bin');
}

export async function makeCluster(programs: string): Promise<Cluster> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-postgres-'));
  const data = join(folder, 'data');
  const run = await runnerFor(folder);
  await run(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-locale']);
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`;
  const control = (...args: readonly string[]) => run(join(programs, 'pg_ctl'), ['-D', data, '-w', ...args]);
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start: () => control('-o', options, '-l', join(folder, 'log'), 'start'),
    kill: () => control('-m', 'immediate', 'stop'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

type Run = (command: string, args: readonly string[]) => Promise<void>;

/** The server refuses to run as root, and wants files of its own. */
async function runnerFor(folder: string): Promise<Run> {
  if (process.getuid?.() !== 0) return (command, args) => execute(command, args);
  const { stdout } = await promisify(execFile)('id', ['-u', 'postgres']);
  chownSync(folder, Number(stdout), -1);
  return (command, args) => execute('runuser', ['-u', 'postgres', '--', command, ...args]);
}

/** Nothing of what it says is kept: a server that it starts would hold the pipes open. */
async function execute(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', cwd: '/' });
  const exitCode = await new Promise((resolve, reject) => {
    child.on('exit', resolve);
    child.on('error', reject);
  });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(' ')}: expected exit code 0, found ${exitCode}.`);
}
