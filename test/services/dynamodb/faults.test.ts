import {
  InternalServerError,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/ports/store.ts';
import {
  isStoreRecordRefused,
  isStoreThrottled,
  isStoreTimeout,
  isStoreUnavailable,
} from '../../../src/ports/store-errors.ts';
import {
  addressOf,
  advanceTo,
  changeSetOf,
  hintOf,
  insertOf,
  manifestOf,
  sliceOf,
  statusOf,
} from '../../conformance/record-builders.ts';
import { assertSame } from '../../conformance/suite-api.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { localClient, openEmptyStore } from '../../support/services/dynamodb/empty-store.ts';
import { type Interceptor, intercept } from '../../support/services/dynamodb/middleware.ts';

const said = { message: 'said', $metadata: {} };
const PROMPT = { maxAttempts: 4, random: () => 0, wait: async () => undefined };

/** Every call of the port that asks DynamoDB for something. */
const CALLS: readonly (readonly [name: string, call: (store: Store) => Promise<unknown>])[] = [
  ['batchGet', (store) => store.batchGet([statusOf()])],
  ['range of versions', (store) => store.range({ range: 'versions', ...addressOf(), order: 'ascending', limit: 1 })],
  ['range of entities', (store) => store.range({ range: 'entities', tenantId: addressOf().tenantId, limit: 1 })],
  ['putOnce', (store) => store.putOnce([sliceOf(), changeSetOf()])],
  ['putHints', (store) => store.putHints([hintOf()])],
  ['deleteHint', (store) => store.deleteHint(hintOf())],
  ['updateStatus', (store) => store.updateStatus(statusOf({ counter: 2 }), 1)],
  ['insert', (store) => store.insert(insertOf())],
  ['commit', (store) => store.commit(advanceTo(manifestOf(), null))],
];

describeService('dynamodb', (url) => {
  /** A store, and what stands between it and the server once the test says so. */
  async function openFaulty() {
    const client = localClient(url);
    let interceptor: Interceptor = (_, send) => send();
    intercept(client, (request, send) => interceptor(request, send));
    const waits: number[] = [];
    const wait = async (delayMs: number) => {
      waits.push(delayMs);
    };
    const store = await openEmptyStore(url, { client, retry: { ...PROMPT, random: () => 1, wait } });
    return {
      store,
      waits,
      /** The next requests fail so often, then go through; counts them all. */
      fail(times: number, error: () => unknown): { readonly sent: number } {
        const counter = { sent: 0 };
        interceptor = (_, send) => {
          counter.sent += 1;
          if (counter.sent <= times) throw error();
          return send();
        };
        return counter;
      },
      interceptWith(next: Interceptor) {
        interceptor = next;
      },
    };
  }

  describe('a request that is throttled', () => {
    it.each(CALLS)('is made again: %s', async (_, call) => {
      const { store, fail, waits } = await openFaulty();
      fail(2, () => new ProvisionedThroughputExceededException(said));
      await call(store);
      expect(waits.length).toBe(2);
      await store.close();
    });

    it.each(CALLS)('for too long is store.throttled, and the same call works later: %s', async (_, call) => {
      const { store, fail } = await openFaulty();
      const counter = fail(1_000, () => new ProvisionedThroughputExceededException(said));
      await expect(call(store)).rejects.toSatisfy(isStoreThrottled);
      expect(counter.sent).toBeGreaterThanOrEqual(4);
      fail(0, () => undefined);
      await call(store);
      await store.close();
    });
  });

  describe('a transaction that meets another', () => {
    const conflict = () =>
      new TransactionCanceledException({
        ...said,
        CancellationReasons: [{ Code: 'None' }, { Code: 'TransactionConflict' }],
      });

    it('is made again, and is the one that it was', async () => {
      const { store, interceptWith } = await openFaulty();
      const tokens: unknown[] = [];
      interceptWith(({ input }, send) => {
        tokens.push(input['ClientRequestToken']);
        if (tokens.length <= 2) throw conflict();
        return send();
      });
      await expect(store.insert(insertOf())).resolves.toBe('inserted');
      expect(new Set(tokens).size).toBe(1);
      await expect(store.insert(insertOf({ version: 2 }))).resolves.toBe('inserted');
      expect(new Set(tokens).size).toBe(2);
      await store.close();
    });

    it('for too long is soft, and changes nothing', async () => {
      const { store, fail } = await openFaulty();
      fail(100, conflict);
      await expect(store.commit(advanceTo(manifestOf(), null))).rejects.toSatisfy(isStoreThrottled);
      fail(0, () => undefined);
      await expect(store.commit(advanceTo(manifestOf(), null))).resolves.toEqual({ outcome: 'committed' });
      await store.close();
    });

    it('holds up single writes alike', async () => {
      const { store, fail } = await openFaulty();
      fail(1, () => new TransactionConflictException(said));
      await store.insert(insertOf());
      fail(1, () => new TransactionConflictException(said));
      await expect(store.updateStatus(statusOf({ counter: 2 }), 1)).resolves.toBe('updated');
      await store.close();
    });

    it('and a condition at once is settled by the condition', async () => {
      const { store, fail, waits } = await openFaulty();
      fail(1, () => {
        const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'ConditionalCheckFailed' }];
        return new TransactionCanceledException({ ...said, CancellationReasons });
      });
      await expect(store.insert(insertOf())).resolves.toBe('conflict');
      expect(waits).toEqual([]);
      await store.close();
    });
  });

  describe('an answer that is lost', () => {
    const lost = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

    /** Sends the request on, and loses what the server said, whatever that was. */
    const losing: Interceptor = async (_, send) => {
      await send().catch(() => undefined);
      throw lost();
    };

    it.each(CALLS)('is store.unavailable at once, for the call may have been applied: %s', async (_, call) => {
      const { store, interceptWith, waits } = await openFaulty();
      interceptWith(losing);
      await expect(call(store)).rejects.toSatisfy(isStoreUnavailable);
      expect(waits).toEqual([]);
      interceptWith((__, send) => send());
      await store.close();
    });

    it('of a write leaves what the same call finds', async () => {
      const { store, interceptWith } = await openFaulty();
      interceptWith(losing);
      await expect(store.insert(insertOf())).rejects.toSatisfy(isStoreUnavailable);
      await expect(store.putOnce([sliceOf()])).rejects.toSatisfy(isStoreUnavailable);
      await expect(store.commit(advanceTo(manifestOf(), null))).rejects.toSatisfy(isStoreUnavailable);
      interceptWith((_, send) => send());
      await expect(store.insert(insertOf())).resolves.toBe('conflict');
      assertSame(await store.putOnce([sliceOf()]), [{ outcome: 'exists', contentHash: sliceOf().sliceHash }]);
      const again = await store.commit(advanceTo(manifestOf(), null));
      assertSame(again, { outcome: 'manifest_exists', manifest: manifestOf() });
      await store.close();
    });

    it('in time is store.timeout', async () => {
      const { store, interceptWith } = await openFaulty();
      interceptWith(() => {
        throw Object.assign(new Error('Request timed out'), { name: 'TimeoutError' });
      });
      await expect(store.batchGet([statusOf()])).rejects.toSatisfy(isStoreTimeout);
      interceptWith((_, send) => send());
      await store.close();
    });

    it('for a fault of the server is store.unavailable', async () => {
      const { store, fail } = await openFaulty();
      fail(1, () => new InternalServerError(said));
      await expect(store.putHints([hintOf()])).rejects.toSatisfy(isStoreUnavailable);
      await store.putHints([hintOf()]);
      await store.close();
    });
  });

  describe('a batch read', () => {
    const slices = Array.from({ length: 30 }, (_, index) => sliceOf({ content: `${index}` }));

    it('asks again for what was left over, until there is nothing', async () => {
      const { store, interceptWith } = await openFaulty();
      await store.putOnce(slices);
      const asked: number[] = [];
      interceptWith(async ({ operation, input }, send) => {
        if (operation !== 'BatchGetItem') return send();
        asked.push(keysAsked(input));
        return asked.length > 4 ? send() : leavingHalf(input, await send());
      });
      assertSame(await store.batchGet(slices), slices);
      expect(asked).toEqual([30, 15, 8, 4, 2]);
      await store.close();
    });

    it('of which nothing is read any more fails, and answers nothing in its stead', async () => {
      const { store, interceptWith } = await openFaulty();
      await store.putOnce(slices);
      interceptWith(async ({ input }) => ({
        Responses: {},
        UnprocessedKeys: input['RequestItems'],
        $metadata: {},
      }));
      await expect(store.batchGet(slices)).rejects.toSatisfy(isStoreThrottled);
      interceptWith((_, send) => send());
      await store.close();
    });
  });

  describe('a record that is too large', () => {
    it('is refused before it is sent, when it is a slice', async () => {
      const { store, fail } = await openFaulty();
      const counter = fail(0, () => undefined);
      const large = sliceOf({ content: 'x'.repeat(350 * 1024 + 1) });
      await expect(store.putOnce([sliceOf(), large])).rejects.toThrow(
        /slice PRODUCT_CORE of product#P1 with 358401 bytes/,
      );
      expect(counter.sent).toBe(0);
      await store.close();
    });

    it('is refused by DynamoDB, else', async () => {
      const { store } = await openFaulty();
      const ops = new Uint8Array(420_000);
      await expect(store.putOnce([changeSetOf({ ops })])).rejects.toSatisfy(isStoreRecordRefused);
      const body = { kind: 'inline', bytes: ops } as const;
      await expect(store.insert(insertOf({ body }))).rejects.toSatisfy(isStoreRecordRefused);
      await store.close();
    });
  });
});

type RequestItems = Readonly<Record<string, { readonly Keys: readonly unknown[] }>>;

function keysAsked(input: Readonly<Record<string, unknown>>): number {
  // What BatchGetItem takes.
  return Object.values(input['RequestItems'] as RequestItems).reduce((sum, { Keys }) => sum + Keys.length, 0);
}

/** The answer with half of its items, the keys of the rest left unprocessed. */
function leavingHalf(input: Readonly<Record<string, unknown>>, answer: unknown): unknown {
  // What BatchGetItem takes and answers, here of one table.
  const [[table, { Keys }] = ['', { Keys: [] }]] = Object.entries(input['RequestItems'] as RequestItems);
  const { Responses } = answer as { readonly Responses: Readonly<Record<string, readonly Record<string, unknown>[]>> };
  const kept = Keys.slice(0, Math.floor(Keys.length / 2));
  const places = new Set(kept.map(placeOf));
  const items = (Responses[table] ?? []).filter((item) => places.has(placeOf(item)));
  return {
    Responses: { [table]: items },
    UnprocessedKeys: { [table]: { Keys: Keys.slice(kept.length) } },
    $metadata: {},
  };
}

function placeOf(key: unknown): string {
  // Every item and key has both.
  const { pk, sk } = key as Readonly<Record<'pk' | 'sk', unknown>>;
  return JSON.stringify([pk, sk]);
}
