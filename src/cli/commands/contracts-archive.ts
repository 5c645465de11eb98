import { changeStatusTo } from '../contracts/change-status.ts';
import type { RunCommand } from '../invocation.ts';

export const run: RunCommand = (invocation) => changeStatusTo(invocation, 'ARCHIVED');
