import assert from 'node:assert/strict';
import type { Store } from '../../src/ports/store.ts';

/**
 * What a conformance suite needs of a test runner; vitest, Jest and node:test all offer it. Assertions are Node's own,
 * so a suite runs under any of them.
 */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => void;
  readonly it: (name: string, run: () => Promise<void>) => void;
}

export interface StoreAdapter {
  readonly name: string;
  /** A fresh, empty store for each test; the suite closes it. */
  readonly open: () => Promise<Store>;
  /** Whether it is to offer `writeTogether`; said here, so that an adapter that loses it fails. */
  readonly writesTogether: boolean;
}

/** States a fact about a fresh store. */
export type StoreFact = (name: string, run: (store: Store) => Promise<void>) => void;

export function storeFact({ it }: TestRunner, { open }: StoreAdapter): StoreFact {
  return (name, run) =>
    it(name, async () => {
      const store = await open();
      try {
        await run(store);
      } finally {
        await store.close();
      }
    });
}

/** Equal in every member, byte arrays by their bytes, whatever their class; a slice's text is as good as its bytes. */
export function assertSame(actual: unknown, expected: unknown, message?: string): void {
  assert.deepEqual(withPlainBytes(actual), withPlainBytes(expected), message);
}

function withPlainBytes(value: unknown): unknown {
  if (isSliceOfText(value)) return withPlainBytes({ ...value, payload: Buffer.from(value.payload) });
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(withPlainBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, withPlainBytes(member)]));
}

function isSliceOfText(value: unknown): value is { readonly payload: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'slice' &&
    'payload' in value &&
    typeof value.payload === 'string'
  );
}
