import { LOG_LEVELS } from './settings.ts';

/** An option as its help and its parser know it. */
export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  readonly isRequired?: boolean;
  readonly choices?: readonly string[];
}

/** Those of every command. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--contracts <dir>', description: 'folder of the contracts (default: ./contracts)' },
  { flags: '--registry <url>', description: 'contracts from a registry instead: postgres://HOST/DATABASE' },
  {
    flags: '--store <url>',
    description:
      'memory:, sqlite:PATH, a path, postgres://HOST/DATABASE or dynamodb://REGION/PREFIX (default: ./slicewise.db)',
  },
  {
    flags: '--payload-store <url>',
    description: 'large payloads: s3://BUCKET/PREFIX or a folder (default: beside a store in a file)',
  },
  { flags: '--tenant <id>', description: 'whose data (default: $SLICEWISE_TENANT, or "default")' },
  { flags: '--json', description: 'one JSON document, or one a line for streams' },
  { flags: '--full-hashes', description: 'show hashes in full' },
  { flags: '--no-color', description: 'no colours, whatever the terminal can' },
  {
    flags: '--log-level <level>',
    description: `${LOG_LEVELS.join(', ')} or off, to stderr (default: $SLICEWISE_LOG, or off)`,
  },
];
