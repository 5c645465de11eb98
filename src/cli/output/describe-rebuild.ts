import type { RebuildReason } from '../../domain/records.ts';
import { printable } from './text-width.ts';

/** Why a slice was built, in words; `null` is a slice that was not. */
export function describeRebuild(rebuilt: RebuildReason | null): string {
  if (rebuilt === null) return 'shared with the commit before';
  switch (rebuilt.reason) {
    case 'full':
      return 'built: everything was';
    case 'change':
      return `built: changed ${rebuilt.paths.map((path) => (path === '' ? 'as a whole' : printable(path))).join(', ')}`;
    case 'join':
      return `built: join ${rebuilt.joins.map(printable).join(', ')} moved`;
  }
}
