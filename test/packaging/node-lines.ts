/** The lines of Node that the package supports, from npm's own `node` package, kept between runs. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runOrThrow } from '../support/run-process.ts';

/** The lowest Node that `engines` admits, the line that the project runs on, and the one that comes next. */
export const NODE_LINES = ['22.18.0', '24', '26'] as const;

export type NodeLine = (typeof NODE_LINES)[number];

/** The folder that holds the line's `node`; installed on the first call. */
export function provideNode(root: string, line: NodeLine): string {
  const folder = join(root, 'node_modules/.cache', `node-${line}`);
  const bin = join(folder, 'node_modules/node/bin');
  if (!existsSync(join(bin, 'node'))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
    runOrThrow({ command: 'npm', args: ['install', '--prefer-offline', `node@${line}`], cwd: folder });
  }
  const version = runOrThrow({ command: join(bin, 'node'), args: ['--version'], cwd: folder }).trim();
  if (version !== `v${line}` && !version.startsWith(`v${line}.`)) {
    throw new Error(`${bin}: expected Node ${line}, found ${version}. Delete the folder.`);
  }
  return bin;
}
