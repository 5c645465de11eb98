/** What an installation brings: the files of all packages that are neither for development nor optional. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type BenchGroup, type BenchReport, judge } from '../report/bench-row.ts';

export const INSTALL_SIZE_ROWS: BenchGroup = { id: 'install-size', run: benchInstallSize };

const LIMIT_MB = 20;
const ROOT = dirname(dirname(import.meta.dirname));

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
}

function benchInstallSize(): BenchReport {
  const lock: { readonly packages: Readonly<Record<string, LockedPackage>> } = JSON.parse(
    readFileSync(join(ROOT, 'package-lock.json'), 'utf8'),
  );
  const sizes = Object.entries(lock.packages)
    .filter(
      ([folder, locked]) => folder !== '' && !locked.dev && !locked.optional && !locked.devOptional && !locked.peer,
    )
    .map(([folder]) => ({ name: folder.replace(/^node_modules\//, ''), megabytes: sizeOf(join(ROOT, folder)) / 1e6 }))
    .sort((left, right) => right.megabytes - left.megabytes);
  const ours = sizes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  const largest = sizes.slice(0, 6).map(({ name, megabytes }) => `${name} ${megabytes.toFixed(1)}`);
  const title = `production node_modules, ${sizes.length} packages`;
  return {
    rows: [
      judge({ id: 'install-size', title, against: 'the limit', unit: 'MB', ours, reference: LIMIT_MB, target: 1 }),
    ],
    notes: [`install-size, the largest in MB: ${largest.join(' · ')}`],
  };
}

function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // Nested packages have lines of their own in the lock file.
    if (entry.name === 'node_modules') continue;
    bytes += entry.isDirectory() ? sizeOf(path) : statSync(path).size;
  }
  return bytes;
}
