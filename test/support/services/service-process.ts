import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningService } from './running-service.ts';

export interface ProcessRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly url: string;
  readonly how: string;
}

export interface ServiceProcess extends RunningService {
  readonly pid: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 50;
const OUTPUT_CHARS_MAX = 4_000;

/** Starts a server and waits until it answers HTTP; it ends with this process at the latest. */
export async function startServiceProcess(request: ProcessRequest): Promise<ServiceProcess> {
  const { command, args, cwd, url, how } = request;
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collectOutput(child);
  const endWithParent = () => child.kill('SIGKILL');
  process.once('exit', endWithParent);
  const end = async (signal: NodeJS.Signals) => {
    process.off('exit', endWithParent);
    await endProcess(child, signal);
  };
  try {
    await once(child, 'spawn');
    await waitUntilReady(url, child);
  } catch (cause) {
    await end('SIGKILL');
    throw new Error(`${command}: expected a server at ${url}, found none.\n${output()}`, { cause });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command}: expected a process id, found none.`);
  return { url, how: `${how} (pid ${pid})`, pid, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

async function waitUntilReady(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`It exited with code ${child.exitCode}.`);
    if (Date.now() > deadline) throw new Error(`It did not answer within ${READY_WITHIN_MS} ms.`);
    await wait(ASK_EVERY_MS);
  }
}

/** Any answer will do: what it says to a request without credentials is its own business. */
async function answers(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(READY_WITHIN_MS) });
    return true;
  } catch {
    return false;
  }
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

function collectOutput(child: ChildProcess): () => string {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_CHARS_MAX);
    });
  }
  return () => output;
}
