/**
 * Completes package-lock.json after `npm install` behind a registry mirror that lacks packages for other platforms: npm
 * leaves those out, and `npm ci` then refuses the lock file on every platform. Adds what a tool's own manifest names, by
 * exact version; the platform stands in the package's name. Does nothing where nothing is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OPERATING_SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'sunos', 'win32'];
const EXACT_VERSION = /^\d+\.\d+\.\d+$/;

const path = join(import.meta.dirname, '../package-lock.json');
const lock = JSON.parse(readFileSync(path, 'utf8'));
// npm's own format, version 3: folder → package.
const packages: Record<string, LockedPackage> = lock.packages;

const missing = Object.entries(packages).flatMap(([folder, { optionalDependencies = {} }]) =>
  Object.entries(optionalDependencies).filter(
    ([name, range]) =>
      EXACT_VERSION.test(range) &&
      readPlatform(name) !== undefined &&
      !(`node_modules/${name}` in packages || `${folder}/node_modules/${name}` in packages),
  ),
);
for (const [name, version] of missing) {
  packages[`node_modules/${name}`] = { version, ...{ dev: true, optional: true }, ...readPlatform(name) };
  console.log(`added ${name}@${version}`);
}
if (missing.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(packages).toSorted(([left], [right]) => (left < right ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`);
}

/** `@scope/tool-linux-x64-musl` → where npm installs it. */
function readPlatform(name: string): Readonly<Record<string, readonly string[]>> | undefined {
  const words = name.split(/[-/]/);
  const index = words.findLastIndex((word) => OPERATING_SYSTEMS.includes(word));
  const [os, cpu, variant] = words.slice(index);
  if (index < 0 || !os || !cpu) return undefined;
  const libc = os === 'linux' ? [variant === 'musl' ? 'musl' : 'glibc'] : undefined;
  return { cpu: [cpu], os: [os], ...(libc ? { libc } : {}) };
}
