/** The package as users get it: packed, and installed into an empty project outside of the checkout. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOrThrow } from '../support/run-process.ts';

export const ROOT: string = join(import.meta.dirname, '../..');

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

export const MANIFEST: Manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** What code can import, as it is written in an import: `slicewise`, `slicewise/sqlite`, … */
export const ENTRY_POINTS: readonly string[] = Object.entries(MANIFEST.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([path]) => MANIFEST.name + path.slice(1));

export interface InstalledPackage {
  readonly tarball: string;
  /** Paths inside the tarball. */
  readonly packedFiles: readonly string[];
  /** The project that has the package and nothing else in its dependencies. */
  readonly project: string;
  /** One that has the optional peers as well, and what types them. */
  readonly projectWithPeers: string;
  remove(): void;
}

export function installPackage(): InstalledPackage {
  const folder = mkdtempSync(join(tmpdir(), 'slicewise-packaging-'));
  const answer = runOrThrow({
    command: 'npm',
    args: ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    cwd: ROOT,
  });
  const packed = readPackReport(answer);
  const tarball = join(folder, packed.filename);
  return {
    tarball,
    packedFiles: packed.files.map(({ path }) => path),
    project: installInto(folder, [tarball]),
    projectWithPeers: installInto(folder, [tarball, ...peersWithTypes()]),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function installInto(folder: string, packages: readonly string[]): string {
  const project = mkdtempSync(join(folder, 'project-'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', private: true }));
  runOrThrow({ command: 'npm', args: ['install', '--prefer-offline', '--no-audit', ...packages], cwd: project });
  return project;
}

/** In the ranges that our own tests use. */
function peersWithTypes(): readonly string[] {
  const names = Object.keys(MANIFEST.peerDependencies).flatMap((name) => [name, `@types/${name}`]);
  return names
    .filter((name) => name in MANIFEST.devDependencies)
    .map((name) => `${name}@${MANIFEST.devDependencies[name]}`);
}

interface PackReport {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm answers with a list of reports, or, from version 12, with an object of them by package name. */
function readPackReport(text: string): PackReport {
  const [report]: PackReport[] = Object.values(JSON.parse(text));
  if (!report) throw new Error('npm pack: expected one report, found none. Run it by hand to see why.');
  return report;
}

/** Bytes of all files under a folder; links are not followed. */
export function measureFolder(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
