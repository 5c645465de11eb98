import type { ExitCode } from './exit-code.ts';
import type { Flags } from './flags.ts';
import type { Terminal } from './output/terminal.ts';
import type { Settings } from './settings.ts';

/** One call of one command, its command line read and its global flags resolved. */
export interface Invocation {
  /** As the command's usage lists them; required ones are there. */
  readonly positionals: readonly string[];
  readonly flags: Flags;
  readonly settings: Settings;
  readonly terminal: Terminal;
}

/** What a command's module exports as `run`. */
export type RunCommand = (invocation: Invocation) => Promise<ExitCode>;

/** A positional that the command line's own check has made sure of. */
export function positional(invocation: Invocation, index: number): string {
  const value = invocation.positionals[index];
  if (value === undefined) throw new Error(`Positional ${index} is declared as required, and yet it is not there.`);
  return value;
}

/** A flag that the command line's own check has made sure of. */
export function requiredFlag(invocation: Invocation, name: string): string {
  const value = invocation.flags.text(name);
  if (value === undefined) throw new Error(`The flag ${name} is declared as required, and yet it is not there.`);
  return value;
}
