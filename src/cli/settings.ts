import { parseTenantId } from '../domain/identity.ts';
import type { Flags } from './flags.ts';
import {
  type PayloadLocation,
  parsePayloadUrl,
  parseRegistryUrl,
  parseStoreUrl,
  type RegistryLocation,
  type StoreLocation,
} from './locations.ts';
import { usageError } from './output/usage-error.ts';

/** What holds for every command: the global flags, with their defaults and the environment applied. */
export interface Settings {
  readonly contractsDir: string;
  /** Where contracts come from: `contractsDir`, or a registry. */
  readonly registry: RegistryLocation;
  readonly store: StoreLocation;
  /** `null`: where the store has them of itself. */
  readonly payloadStore: PayloadLocation | null;
  readonly tenantId: string;
  readonly format: 'human' | 'json';
  readonly hashes: 'short' | 'full';
  /** `null`: no logs. */
  readonly logLevel: LogLevel | null;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const DEFAULT_CONTRACTS_DIR = './contracts';
export const DEFAULT_STORE = './slicewise.db';
export const DEFAULT_TENANT = 'default';

/** @throws `cli.usage`, `tenant.invalid` */
export function readSettings(flags: Flags, environment: Readonly<Record<string, string | undefined>>): Settings {
  const contractsDir = flags.text('contracts') ?? DEFAULT_CONTRACTS_DIR;
  const registryUrl = flags.text('registry');
  const payloadStoreUrl = flags.text('payloadStore');
  return {
    contractsDir,
    registry: registryUrl === undefined ? { kind: 'files', dir: contractsDir } : parseRegistryUrl(registryUrl),
    store: parseStoreUrl(flags.text('store') ?? DEFAULT_STORE),
    payloadStore: payloadStoreUrl === undefined ? null : parsePayloadUrl(payloadStoreUrl),
    // An empty variable is one that is not set.
    tenantId: parseTenantId(flags.text('tenant') ?? (environment['SLICEWISE_TENANT'] || DEFAULT_TENANT)),
    format: flags.has('json') ? 'json' : 'human',
    hashes: flags.has('fullHashes') ? 'full' : 'short',
    logLevel: parseLogLevel(flags.text('logLevel') ?? environment['SLICEWISE_LOG']),
  };
}

function parseLogLevel(text: string | undefined): LogLevel | null {
  if (text === undefined || text === '' || text === 'off') return null;
  const level = LOG_LEVELS.find((each) => each === text);
  if (level !== undefined) return level;
  throw usageError(
    `--log-level: expected ${LOG_LEVELS.join(', ')} or off, found ${JSON.stringify(text)}. Choose one of them.`,
  );
}
