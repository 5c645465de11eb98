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
  { flags: '--store <url>', description: 'memory:, sqlite:PATH or a path (default: ./slicewise.db)' },
  { flags: '--tenant <id>', description: 'whose data (default: $SLICEWISE_TENANT, or "default")' },
  { flags: '--json', description: 'one JSON document, or one a line for streams' },
  { flags: '--full-hashes', description: 'show hashes in full' },
  { flags: '--no-color', description: 'no colours, whatever the terminal can' },
  {
    flags: '--log-level <level>',
    description: `${LOG_LEVELS.join(', ')} or off, to stderr (default: $SLICEWISE_LOG, or off)`,
  },
];
