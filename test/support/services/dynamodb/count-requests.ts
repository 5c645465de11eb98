import type { SentRequest } from './middleware.ts';

/** `TransactWriteItems` with its number of items, because each is paid for. */
export function countRequests(requests: readonly SentRequest[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { operation, input } of requests) {
    const items = input['TransactItems'];
    const name = Array.isArray(items) ? `${operation} of ${items.length}` : operation;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
