import type { BehindReport } from '../../domain/view/view-result.ts';
import { printable } from './text-width.ts';

/** What holds the newest version up, in words. */
export function describeBehind({ newestVersion, state, reason }: BehindReport): string {
  const why = reason === null ? '' : `: ${reason.code}: ${printable(reason.message)}`;
  return `the newest version is v${newestVersion}, ${state}${why}`;
}
