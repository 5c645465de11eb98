import { describe, expect, it } from 'vitest';
import { runBatch } from '../../../src/flows/runtime/batch.ts';
import { EventLoopTurn } from '../../../src/flows/runtime/event-loop-turn.ts';

function work(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe('a turn of the event loop', () => {
  it('has nothing to wait for as long as it is short', () => {
    const turn = new EventLoopTurn();
    expect([turn.giveWayAfter(60_000), turn.giveWayAfter(60_000)]).toEqual([undefined, undefined]);
  });

  it('ends when it has lasted long enough, and then a new one begins', async () => {
    const turn = new EventLoopTurn();
    let hadItsTurn = false;
    setImmediate(() => {
      hadItsTurn = true;
    });
    expect(turn.giveWayAfter(0)).toBeUndefined();
    await turn.giveWayAfter(0);
    expect(hadItsTurn).toBe(true);
    expect(turn.giveWayAfter(0)).toBeUndefined();
  });

  it('is given to others in the midst of a batch whose calls wait for nothing', async () => {
    const log: string[] = [];
    const spin = { laneOf: String, run: async (input: number) => log.push(`input ${input}`) && work(10) };
    setImmediate(() => log.push('others'));
    for await (const outcome of runBatch([1, 2, 3, 4, 5, 6], spin)) expect(outcome.ok).toBe(true);
    expect(log.indexOf('others')).toBeLessThan(log.indexOf('input 6'));
    expect(log).toContain('others');
  });
});
