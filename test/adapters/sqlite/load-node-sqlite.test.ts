import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';

const LOADER = pathToFileURL(join(import.meta.dirname, '../../../src/adapters/sqlite/load-node-sqlite.ts')).href;

function warningsOf(script: string): string[] {
  const program = `
    import { loadNodeSqlite } from '${LOADER}';
    process.on('warning', ({ name, message }) => console.log(name + ': ' + message));
    ${script}`;
  const output = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  return output.split('\n').filter((line) => line !== '');
}

it('loading node:sqlite prints no warning, on any line', () => {
  expect(warningsOf('loadNodeSqlite();')).toEqual([]);
});

it('only the warning about SQLite, and only while it loads, is held back', () => {
  const warnings = warningsOf(`
    const load = process.getBuiltinModule;
    process.getBuiltinModule = (name) => {
      process.emitWarning('SQLite is an experimental feature', 'ExperimentalWarning');
      process.emitWarning('another experiment', 'ExperimentalWarning');
      process.emitWarning('SQLite is old', { type: 'DeprecationWarning' });
      return load(name);
    };
    loadNodeSqlite();
    process.emitWarning('SQLite again', 'ExperimentalWarning');`);
  expect(warnings).toEqual([
    'ExperimentalWarning: another experiment',
    'DeprecationWarning: SQLite is old',
    'ExperimentalWarning: SQLite again',
  ]);
});
