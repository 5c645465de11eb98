import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
export const CONTRACTS = fileURLToPath(new URL('./contracts', import.meta.url));

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string | Uint8Array;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** A folder of a test's own, and `slicewise` run inside it, on its contracts and its store. */
export interface Workplace {
  readonly dir: string;
  path(name: string): string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  start(args: readonly string[], options?: CliOptions): ChildProcessWithoutNullStreams;
}

/** @param onDone where the folder's removal is hooked up; by default the end of the test that runs. */
export async function createWorkplace(
  onDone: (clean: () => Promise<void>) => void = onTestFinished,
): Promise<Workplace> {
  const dir = await mkdtemp(join(tmpdir(), 'slicewise-cli-'));
  onDone(() => rm(dir, { recursive: true, force: true }));
  const start = (args: readonly string[], { environment = {}, nodeArgs = [] }: CliOptions = {}) =>
    spawn(process.execPath, [...nodeArgs, MAIN, '--contracts', CONTRACTS, ...args], {
      cwd: dir,
      env: { PATH: process.env['PATH'], ...environment },
    });
  return {
    dir,
    path: (name) => join(dir, name),
    async write(name, content) {
      await writeFile(join(dir, name), content);
      return name;
    },
    start,
    async run(args, options) {
      const child = start(args, options);
      // A command that does not read its input may be gone before it is written.
      child.stdin.on('error', () => {});
      child.stdin.end(options?.stdin ?? '');
      return finish(child);
    },
  };
}

export async function finish(child: ChildProcessWithoutNullStreams): Promise<CliResult> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [exitCode] = await once(child, 'close');
  return { exitCode, stdout: stdout(), stderr: stderr() };
}

/** What a stream has given so far. */
export function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Uint8Array[] = [];
  stream.on('data', (chunk: Uint8Array) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** The documents of `--json` output, one a line. */
export function parseLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export interface Version {
  readonly entityKey: string;
  readonly version: number | 'next';
  readonly payload?: object;
  readonly deleted?: true;
}

export function item(id: string | number, version: number | 'next' = 1, payload: object = {}): Version {
  return { entityKey: `item#${id}`, version, payload: { title: `Item ${id}`, price: 10, ...payload } };
}

export function ndjson(versions: readonly object[]): string {
  return versions.map((version) => `${JSON.stringify(version)}\n`).join('');
}
