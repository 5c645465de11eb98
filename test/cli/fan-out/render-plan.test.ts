import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../src/cli/fan-out/render-plan.ts';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { ImpactedSliceKey } from '../../../src/domain/inverted-index/impacted-slices.ts';
import type { FanOutPlan, StaleHint } from '../../../src/flows/runtime/fan-out/fan-out-calls.ts';

const CHANGE = { entityKey: 'brand#B', fromVersion: 1, toVersion: 2, settlesTo: 2, fills: 0 };
const HINT: StaleHint = {
  indexKey: 'IDX#brand#B#product',
  shard: 0,
  entityKey: 'product#P',
  ruleSetRef: 'product-core@1.0.0',
  sliceType: '*',
  version: 3,
  revision: 1,
};

function render(overrides: Partial<FanOutPlan>): string {
  const plan: FanOutPlan = {
    kind: 'fan-out-plan',
    format: 1,
    tenantId: 'acme',
    changes: [CHANGE],
    slices: [],
    staleHints: [],
    counts: { parents: 0, cutOff: 0, skippedArchived: 0 },
    planHash: hashCanonical('plan'),
    ...overrides,
  };
  return renderPlan(plan, { hashes: 'short', paint: (_, text) => text });
}

function sliceOf(entityKey: string, sliceType: string, sources = ['brand#B']): ImpactedSliceKey {
  return { entityKey, version: 1, sliceType, ruleSetRef: 'product-core@1.0.0', because: 'source', sources };
}

describe('a plan for people', () => {
  it('has one row for all entities whose same slices are concerned', () => {
    const slices = ['P1', 'P2'].flatMap((id) => [sliceOf(`product#${id}`, 'CARD'), sliceOf(`product#${id}`, 'PAGE')]);
    expect(render({ slices: [...slices, sliceOf('product#P3', 'PAGE')] })).toMatch(
      new RegExp(
        'joined brand#B +product-core@1.0.0 +CARD, PAGE +2 +product#P1, product#P2\\n' +
          'joined brand#B +product-core@1.0.0 +PAGE +1 +product#P3\\n$',
      ),
    );
  });

  it('keeps apart those that are concerned for another reason', () => {
    const owed: ImpactedSliceKey = {
      entityKey: 'product#P2',
      version: 4,
      sliceType: 'CARD',
      ruleSetRef: 'product-core@1.0.0',
      because: 'owed',
    };
    const text = render({ slices: [sliceOf('product#P1', 'CARD'), owed] });
    expect(text).toMatch(/joined brand#B .* 1 +product#P1\n/);
    expect(text).toMatch(/owed anyway .* 1 +product#P2\n/);
  });

  it('counts what a long list leaves out', () => {
    const slices = Array.from({ length: 1_234 }, (_, index) => sliceOf(`product#${index}`, 'CARD'));
    const changes = Array.from({ length: 8 }, (_, index) => ({ ...CHANGE, entityKey: `brand#${index}` }));
    const text = render({ slices, changes, staleHints: Array.from({ length: 7 }, () => HINT) });
    expect(text).toContain('fan-out of 8 changes\n');
    expect(text).toContain('  brand#4 v1 → v2\n  … and 3 more\n');
    expect(text).toMatch(/1,234 +product#0, product#1, product#2 and 1,231 more\n/);
    expect(text.match(/ {2}IDX#brand#B#product {2}product#P v3 r1 under product-core@1\.0\.0\n/g)).toHaveLength(5);
  });

  it('says what is passed over, and which entries are to be swept, only where there are some', () => {
    expect(render({})).not.toMatch(/archived|stale/);
    const counts = { parents: 0, cutOff: 0, skippedArchived: 2 };
    expect(render({ counts, staleHints: [HINT] })).toMatch(/archived +2 .*\nstale +1 /);
  });

  it('says up to where a change settles that cannot settle whole', () => {
    expect(render({ changes: [{ ...CHANGE, settlesTo: 1 }] })).toContain('brand#B v1 → v2, settled up to v1\n');
  });

  it('does not let data steer the terminal', () => {
    expect(render({ slices: [sliceOf('product#\u202e', 'CARD')] })).not.toContain('\u202e');
  });
});
