import { describe, expect, it } from 'vitest';
import { inParallel } from '../../../src/adapters/dynamodb/in-parallel.ts';

describe('inParallel', () => {
  it('runs no more than the limit at once, and answers in the order of its items', async () => {
    let running = 0;
    let most = 0;
    const answers = await inParallel([5, 4, 3, 2, 1], 2, async (item) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < item; turn += 1) await undefined;
      running -= 1;
      return item * 10;
    });
    expect(answers).toEqual([50, 40, 30, 20, 10]);
    expect(most).toBe(2);
  });

  it('begins nothing more after a failure, and rejects once all that it began has ended', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const failing = inParallel([1, 2, 3, 4, 5], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('refused');
      for (let turn = 0; turn < 20; turn += 1) await undefined;
      ended.push(item);
    });
    await expect(failing).rejects.toThrow('refused');
    expect(begun).toEqual([1, 2]);
    expect(ended).toEqual([2]);
  });

  it('answers nothing for nothing', async () => {
    await expect(inParallel([], 4, async () => 1)).resolves.toEqual([]);
  });
});
