import { describe, expect, it } from 'vitest';
import { EntityLanes } from '../../../src/adapters/postgres/entity-lanes.ts';

describe('entity lanes', () => {
  it('let the writes of one entity take turns in the order of their calls, and others pass', async () => {
    const lanes = new EntityLanes();
    const order: string[] = [];
    const gate = Promise.withResolvers<void>();
    const work = (name: string, wait?: Promise<void>) => async () => {
      await wait;
      order.push(name);
    };
    const running = [
      lanes.run(['a'], work('a1', gate.promise)),
      lanes.run(['a', 'b'], work('ab')),
      lanes.run(['b'], work('b1')),
      lanes.run(['c'], work('c1')),
    ];
    await running[3];
    expect(order).toEqual(['c1']);
    gate.resolve();
    await Promise.all(running);
    expect(order).toEqual(['c1', 'a1', 'ab', 'b1']);
  });

  it('go on behind a write that failed', async () => {
    const lanes = new EntityLanes();
    const failing = lanes.run(['a'], () => Promise.reject(new Error('refused')));
    const next = lanes.run(['a'], async () => 'done');
    await expect(failing).rejects.toThrow('refused');
    expect(await next).toBe('done');
  });
});
