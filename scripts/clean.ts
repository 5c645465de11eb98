/** Removes the build output named on the command line; it must lie inside the project. */
import { rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const root = dirname(import.meta.dirname);
for (const name of process.argv.slice(2)) {
  const target = join(root, name);
  const inside = relative(root, target);
  if (inside === '' || inside.startsWith('..')) {
    throw new Error(`clean: expected a folder inside the project, found ${name}. Name one like dist.`);
  }
  rmSync(target, { recursive: true, force: true });
}
