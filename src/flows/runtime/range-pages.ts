import type { RangeItem, RangeQuery } from '../../ports/store.ts';
import { ensureNotAborted, type RuntimeContext } from './context.ts';

/** A key range page by page, to its end; what each page holds is all that is held of it. @throws `call.aborted` */
export async function* pagesOf<Q extends RangeQuery>(
  { store }: Pick<RuntimeContext, 'store'>,
  query: Q,
  signal?: AbortSignal,
): AsyncGenerator<readonly RangeItem<Q>[]> {
  for (let after: string | undefined; ; ) {
    ensureNotAborted(signal);
    const page = await store.range({ ...query, ...(after !== undefined && { after }) });
    yield page.items;
    if (page.next === null) return;
    after = page.next;
  }
}
