/** Starts the services that the queued suites need, before the first of them runs, and says how each was had. */
import { relative, sep } from 'node:path';
import type { TestProject } from 'vitest/node';
import { dynamodb } from './dynamodb/dynamodb.ts';
import { postgres } from './postgres/postgres.ts';
import { type RunningService, SERVICE_NAMES, type Service, type ServiceName, variableOf } from './running-service.ts';
import { s3 } from './s3/s3.ts';
import { startService } from './start-service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Service → URL; without those that nobody asked for or that cannot be had. */
    services: Partial<Record<ServiceName, string>>;
  }
}

interface MissingService {
  readonly name: ServiceName;
  readonly reason: string;
}

const SERVICES: readonly Service[] = [dynamodb, postgres, s3];
const SUITES = 'test/services';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running: RunningService[] = [];
  const missing: MissingService[] = [];
  const urls: Partial<Record<ServiceName, string>> = {};
  const needed = neededServices(project);
  await Promise.all(
    SERVICES.filter(({ name }) => needed.has(name)).map(async (service) => {
      try {
        const started = await startService(service);
        running.push(started);
        urls[service.name] = started.url;
        console.log(`service ${service.name}: ${started.how}`);
      } catch (error) {
        const reason = inOneLine(error instanceof Error ? error.message : String(error));
        missing.push({ name: service.name, reason });
        console.error(`service ${service.name}: none (${reason})`);
      }
    }),
  );
  const stop = async () => {
    await Promise.all(running.map((service) => service.stop()));
  };
  if (missing.length > 0 && process.env['SLICEWISE_REQUIRE_SERVICES'] === '1') {
    await stop();
    throw new Error(`SLICEWISE_REQUIRE_SERVICES=1: expected every service, found ${listMissing(missing)}`);
  }
  project.provide('services', urls);
  return async () => {
    await stop();
    for (const notice of skipNotices(project, missing)) console.error(notice);
  };
}

/**
 * A project with a service's name needs that one, as `test/services/<name>/` does; a suite anywhere else may need them
 * all.
 */
function neededServices(project: TestProject): ReadonlySet<ServiceName> {
  const named = SERVICE_NAMES.filter((name) => name === project.name);
  if (named.length > 0) return new Set(named);
  const folders = queuedSuites(project).map((path) => path.slice(SUITES.length + 1).split('/')[0]);
  return new Set(
    folders.flatMap((folder) => {
      const own = SERVICE_NAMES.filter((name) => name === folder);
      return own.length > 0 ? own : SERVICE_NAMES;
    }),
  );
}

function queuedSuites(project: TestProject): readonly string[] {
  return project.vitest.state
    .getPaths()
    .map((path) => relative(project.config.root, path).split(sep).join('/'))
    .filter((path) => path.startsWith(`${SUITES}/`));
}

/** One for each service that could not be had, and for whatever else tests were skipped for want of. */
function skipNotices(project: TestProject, services: readonly MissingService[]): readonly string[] {
  const modules = project.vitest.state.getTestModules().filter((testModule) => testModule.project === project);
  const skipped = modules.flatMap((testModule) => [...testModule.children.allTests('skipped')]);
  const byWhat = Map.groupBy(skipped, (test) => test.meta().missing);
  byWhat.delete(undefined);
  const told = services.map(({ name, reason }) => {
    const count = byWhat.get(name)?.length ?? 0;
    byWhat.delete(name);
    return `${name}: ${count} in ${project.name} (${reason}). Set ${variableOf(name)} to the URL of one.`;
  });
  const others = [...byWhat].map(
    ([what, tests]) => `${what}: ${tests.length} in ${project.name}. ${tests[0]?.meta().advice}`,
  );
  return [...told, ...others].map((notice) => `SKIPPED for want of ${notice}`);
}

function listMissing(missing: readonly MissingService[]): string {
  return missing.map(({ name, reason }) => `no ${name} (${reason})`).join('; ');
}

function inOneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}
