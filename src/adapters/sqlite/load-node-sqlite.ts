import type * as NodeSqlite from 'node:sqlite';
import { storeUnavailable } from '../../ports/store-errors.ts';

let loaded: typeof NodeSqlite | undefined;

/**
 * Node's own SQLite, loaded when a store is first opened. Older lines warn that it is experimental; that one warning
 * is held back while the module loads, every other passes.
 *
 * @throws `store.unavailable` where Node was built without it.
 */
export function loadNodeSqlite(): typeof NodeSqlite {
  loaded ??= withoutExperimentalWarning(() => process.getBuiltinModule('node:sqlite'));
  if (loaded) return loaded;
  throw storeUnavailable({
    store: 'sqlite:',
    found: `Node ${process.version} without node:sqlite`,
    advice: 'Run a Node build that has it (22.18 or later).',
  });
}

function withoutExperimentalWarning<Result>(load: () => Result): Result {
  const emitWarning = process.emitWarning;
  const emitOthers = (warning: string | Error, ...rest: unknown[]): void => {
    if (isSqliteExperiment(warning, rest)) return;
    Reflect.apply(emitWarning, process, [warning, ...rest]);
  };
  process.emitWarning = emitOthers;
  try {
    return load();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isSqliteExperiment(warning: string | Error, rest: readonly unknown[]): boolean {
  const message = typeof warning === 'string' ? warning : warning.message;
  const [type] = rest;
  const name = typeof warning === 'string' ? (typeof type === 'string' ? type : '') : warning.name;
  return name === 'ExperimentalWarning' && message.includes('SQLite');
}
