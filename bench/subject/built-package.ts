import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(import.meta.dirname));
/** Inside the project, so that its dependencies are found. */
const FOLDER = join(ROOT, '.cache', 'bench');

/** Compiles what is published, beside `dist`, and answers where its modules are. */
export function buildPackage(): { readonly urlOf: (module: string) => string } {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, 'package.json'), '{ "type": "module" }\n');
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(ROOT, 'tsconfig.build.json');
  execFileSync(process.execPath, [tsc, '-p', project, '--outDir', join(FOLDER, 'dist')], { stdio: 'inherit' });
  return { urlOf: (module) => pathToFileURL(join(FOLDER, 'dist', module)).href };
}
