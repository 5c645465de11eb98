/** How a test says what it was skipped for want of: the run's last lines count by it (`setup.ts`, `summarise-report.cjs`). */
import type { TaskMeta } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What could not be had. */
    missing?: string;
    /** How to have it, where nobody else says so. */
    advice?: string;
  }
}

/** What a suite or a test needs and not every machine has. */
export interface Need {
  readonly what: string;
  readonly isThere: boolean;
  readonly advice: string;
}

/** Options of the suite or test: skipped where that is not there, a failure where everything has to be. */
export function needing({ what, isThere, advice }: Need): { readonly skip: boolean; readonly meta: TaskMeta } {
  if (isThere) return { skip: false, meta: {} };
  if (process.env['SLICEWISE_REQUIRE_SERVICES'] === '1') {
    throw new Error(`SLICEWISE_REQUIRE_SERVICES=1: expected ${what}, found none. ${advice}`);
  }
  return { skip: true, meta: { missing: what, advice } };
}
