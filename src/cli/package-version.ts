import { readFileSync } from 'node:fs';

/** The version of this package, as published. */
export function readPackageVersion(): string {
  // Two levels up from src/cli and from dist/cli alike.
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest ? String(manifest.version) : 'unknown';
}
