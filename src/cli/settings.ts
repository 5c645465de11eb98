import { parseTenantId } from '../domain/identity.ts';
import type { Flags } from './flags.ts';
import { usageError } from './output/usage-error.ts';

/** What holds for every command: the global flags, with their defaults and the environment applied. */
export interface Settings {
  readonly contractsDir: string;
  readonly store: StoreLocation;
  readonly tenantId: string;
  readonly format: 'human' | 'json';
  readonly hashes: 'short' | 'full';
  /** `null`: no logs. */
  readonly logLevel: LogLevel | null;
}

export type StoreLocation = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly path: string };

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const DEFAULT_CONTRACTS_DIR = './contracts';
export const DEFAULT_STORE = './slicewise.db';
export const DEFAULT_TENANT = 'default';

/** @throws `cli.usage`, `tenant.invalid` */
export function readSettings(flags: Flags, environment: Readonly<Record<string, string | undefined>>): Settings {
  return {
    contractsDir: flags.text('contracts') ?? DEFAULT_CONTRACTS_DIR,
    store: parseStoreUrl(flags.text('store') ?? DEFAULT_STORE),
    // An empty variable is one that is not set.
    tenantId: parseTenantId(flags.text('tenant') ?? (environment['SLICEWISE_TENANT'] || DEFAULT_TENANT)),
    format: flags.has('json') ? 'json' : 'human',
    hashes: flags.has('fullHashes') ? 'full' : 'short',
    logLevel: parseLogLevel(flags.text('logLevel') ?? environment['SLICEWISE_LOG']),
  };
}

/** `memory:`, `sqlite:PATH` or a path. @throws `cli.usage` */
export function parseStoreUrl(url: string): StoreLocation {
  if (url === 'memory:') return { kind: 'memory' };
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1];
  const path = scheme === 'sqlite' ? url.slice('sqlite:'.length) : url;
  // One letter before the colon is a drive, not a scheme.
  if (path !== '' && (scheme === undefined || scheme === 'sqlite')) return { kind: 'sqlite', path };
  throw usageError(
    `--store: expected memory:, sqlite:PATH or a path, found ${JSON.stringify(url)}. ` +
      'Write ./ before a path that holds a colon.',
  );
}

function parseLogLevel(text: string | undefined): LogLevel | null {
  if (text === undefined || text === '' || text === 'off') return null;
  const level = LOG_LEVELS.find((each) => each === text);
  if (level !== undefined) return level;
  throw usageError(
    `--log-level: expected ${LOG_LEVELS.join(', ')} or off, found ${JSON.stringify(text)}. Choose one of them.`,
  );
}
