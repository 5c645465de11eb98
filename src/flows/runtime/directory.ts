import type { EntityKey, TenantId } from '../../domain/identity.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';
import { EventLoopTurn } from './event-loop-turn.ts';

/** Entities whose records are read together. */
const PAGE_LIMIT = 100;
// A store in this process answers at once, and a walk through it would hold the event loop to its end.
const TURN_MS = 12;

export interface DirectoryWalk {
  readonly tenantId: TenantId;
  /** Only keys that begin so. */
  readonly prefix: string;
  /** The `next` of an earlier walk's page; without it, from the start. */
  readonly after?: string | null;
}

export interface DirectoryPage {
  readonly entityKeys: readonly EntityKey[];
  /** Where the walk goes on; `null`: this was the last page. */
  readonly next: string | null;
}

/** A tenant's entities in key order, page by page; there is always a last page, empty or not. @throws `call.aborted` */
export async function* walkDirectory(
  { store }: RuntimeContext,
  { tenantId, prefix, after = null }: DirectoryWalk,
  signal?: AbortSignal,
): AsyncGenerator<DirectoryPage> {
  const turn = new EventLoopTurn();
  for (let position = after; ; ) {
    const way = turn.giveWayAfter(TURN_MS);
    if (way !== undefined) await way;
    ensureNotAborted(signal);
    const page = await store.range({
      range: 'entities',
      tenantId,
      prefix,
      limit: PAGE_LIMIT,
      ...(position === null ? {} : { after: position }),
    });
    yield { entityKeys: page.items, next: page.next };
    if (page.next === null) return;
    position = page.next;
  }
}
