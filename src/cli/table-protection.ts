import type { Invocation } from './invocation.ts';

/** What DynamoDB's tables are protected by, unless they are to be thrown away. */
export function protectionOf({ flags }: Invocation) {
  const isProtected = !flags.has('unprotected');
  return { pointInTimeRecovery: isProtected, deletionProtection: isProtected, stream: isProtected } as const;
}
