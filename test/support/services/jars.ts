import { execFile } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const CACHE = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'slicewise-test-services');
const COPY_JARS = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

/**
 * The folder with the jars that `pom.xml` of a folder names, fetched by Maven once: outside of the checkout, under a name
 * that holds the file's hash, so that other versions never mix.
 */
export async function locateJars(folder: string): Promise<string> {
  const pom = join(folder, 'pom.xml');
  const hash = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12);
  const installed = join(CACHE, hash);
  if (existsSync(installed)) return installed;
  const fetched = join(CACHE, `${hash}-${randomUUID()}`);
  mkdirSync(fetched, { recursive: true });
  try {
    cpSync(pom, join(fetched, 'pom.xml'));
    await promisify(execFile)('mvn', ['-q', '-B', COPY_JARS, '-DincludeScope=runtime', '-DoutputDirectory=.'], {
      cwd: fetched,
    });
    publish(fetched, installed);
    return installed;
  } finally {
    rmSync(fetched, { recursive: true, force: true });
  }
}

/** Whether there is a Java here, and what `pom.xml` of that folder names. */
export async function canRunJars(folder: string): Promise<boolean> {
  try {
    await promisify(execFile)('java', ['-version']);
    await locateJars(folder);
    return true;
  } catch {
    return false;
  }
}

/** One rename, so that a folder is whole or not there; another process may have been first. */
function publish(fetched: string, installed: string): void {
  try {
    renameSync(fetched, installed);
  } catch (error) {
    if (!existsSync(installed)) throw error;
  }
}
