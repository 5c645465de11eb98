import { describe, expect, it } from 'vitest';
import { BatchSource } from '../../../src/flows/runtime/batch-source.ts';

async function* idle(): AsyncGenerator<number> {
  await new Promise(() => {});
  yield 1;
}

describe('taking an input', () => {
  it('ends at once where the batch was aborted before', async () => {
    const controller = new AbortController();
    const source = new BatchSource(idle(), controller.signal);
    controller.abort();
    await expect(source.take(undefined)).resolves.toEqual({ met: 'end' });
  });

  it('ends where the batch is aborted meanwhile', async () => {
    const controller = new AbortController();
    const taking = new BatchSource(idle(), controller.signal).take(undefined);
    controller.abort();
    await expect(taking).resolves.toEqual({ met: 'end' });
  });
});
