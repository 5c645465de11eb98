/** Bugs in modules of the runtime: a process of its own runs seeds with changed copies of them. */
import { fork } from 'node:child_process';
import { SEEDS_MAX } from './find-bug.ts';

/** What a module's text is changed by. */
export interface ModuleChange {
  /** Its path from the project's root. */
  readonly module: string;
  /** Text that stands there exactly once, and what stands there instead. */
  readonly edits: readonly (readonly [found: string, instead: string])[];
}

/** A bug that a careless flow could have. The simulator has to see it. */
export interface ModuleBug {
  readonly name: string;
  /** The demand that it breaks. */
  readonly breaks: RegExp;
  /** More than one where each makes up for what another leaves undone. */
  readonly changes: readonly ModuleChange[];
}

/** What the process is told. */
export interface Search {
  readonly changes: readonly ModuleChange[];
  readonly breaks: string;
  readonly firstSeed: number;
  readonly seeds: number;
}

/** The demand that the first seed breaks which breaks a right one. */
export interface FoundBug {
  readonly seed: number;
  readonly check: string;
}

/** @throws where an edit has nothing to change: the bug is to be planted anew, in what is there now */
export function findModuleBug({ changes, breaks }: ModuleBug, firstSeed = 1): Promise<FoundBug | null> {
  const search: Search = { changes, breaks: breaks.source, firstSeed, seeds: SEEDS_MAX };
  const worker = fork(new URL('./changed-module-worker.ts', import.meta.url), [JSON.stringify(search)], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let complaint = '';
    worker.stderr?.on('data', (text) => {
      complaint += text;
    });
    // The first answer counts; a process that ends without one says why on its standard error.
    worker.once('message', resolve);
    worker.once('close', (code) =>
      reject(new Error(`${changes.map(({ module }) => module)}: the seeds ended with code ${code}.\n${complaint}`)),
    );
  });
}

export function changedText(text: string, { module, edits }: ModuleChange): string {
  return edits.reduce((changed, [found, instead]) => {
    const times = changed.split(found).length - 1;
    if (times === 1) return changed.replace(found, () => instead);
    throw new Error(
      `${module}: expected once, found ${times} times:\n${found}\nPlant the bug anew in what is there now.`,
    );
  }, text);
}
