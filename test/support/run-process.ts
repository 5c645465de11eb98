/** Runs a program to its end and hands back all that it said. */
import { spawnSync } from 'node:child_process';
import { delimiter } from 'node:path';

export interface ProcessRequest {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd: string;
  readonly stdin?: string;
  /** Folders that come first on PATH. */
  readonly path?: readonly string[];
}

export interface ProcessOutcome {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runProcess({ command, args = [], cwd, stdin = '', path = [] }: ProcessRequest): ProcessOutcome {
  const env = withoutParentScript(process.env);
  env['PATH'] = [...path, env['PATH'] ?? ''].join(delimiter);
  const run = spawnSync(command, args, { cwd, env, input: stdin, encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
  if (run.error) throw run.error;
  return { exitCode: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** The same, for programs that must succeed: throws with their whole output if they do not. Returns their stdout. */
export function runOrThrow(request: ProcessRequest): string {
  const { exitCode, stdout, stderr } = runProcess(request);
  if (exitCode !== 0) {
    const line = [request.command, ...(request.args ?? [])].join(' ');
    throw new Error(`${line}: expected exit code 0, found ${exitCode}.\n${stdout}\n${stderr}`);
  }
  return stdout;
}

/** What npm tells a script about the package that it runs in would mislead an npm that is run for another folder. */
function withoutParentScript(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const misleading = /^(npm_config_local_prefix|npm_package_|npm_lifecycle_|npm_command|INIT_CWD)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !misleading.test(name)));
}
