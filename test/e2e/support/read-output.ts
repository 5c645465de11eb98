import { expect } from 'vitest';
import { parseLines, type Workplace } from './cli.ts';

/** What a command that is done without a word on stderr prints. */
export async function read(work: Workplace, args: readonly string[]): Promise<string> {
  const result = await work.run(args);
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  return result.stdout;
}

/** Its documents, one a line. */
export async function readJson(work: Workplace, args: readonly string[]): Promise<Record<string, unknown>[]> {
  return parseLines(await read(work, [...args, '--json']));
}

export interface Refusal {
  readonly exitCode: number | null;
  readonly code: string;
  readonly message: string;
}

/** The error of a command that prints nothing else. */
export async function refusalOf(work: Workplace, args: readonly string[]): Promise<Refusal> {
  const { exitCode, stdout, stderr } = await work.run([...args, '--json']);
  expect(stdout).toBe('');
  const { error } = JSON.parse(stderr);
  return { exitCode, code: error.code, message: error.message };
}
