/** The project's own files: those that git knows or would add. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT: string = join(import.meta.dirname, '../..');

/** Files that break rules on purpose, to show that a check finds them. */
const FIXTURES = 'test/boundaries/fixture/';

export function listFiles(): readonly string[] {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && !path.startsWith(FIXTURES) && existsSync(join(ROOT, path)))
    .toSorted();
}

/** Matches of a pattern in the files of a kind, each as `path:line: match`. */
export function findText(pattern: RegExp, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const lines = readFileSync(join(ROOT, path), 'utf8').split('\n');
    return lines.flatMap((line, index) => {
      const match = pattern.exec(line);
      return match ? [`${path}:${index + 1}: ${match[0]}`] : [];
    });
  });
}
