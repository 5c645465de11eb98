import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import type { BatchOutcome, IngestInput, IngestResult } from '../../src/flows/runtime/runtime.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE } from '../support/product-catalogue.ts';
import { newTenantId, openRuntime } from '../support/runtime-fixture.ts';
import { createTestStore } from '../support/test-store.ts';
import { assertLaw, LAW_TIMEOUT_MS } from './support/assert-law.ts';

const store = createTestStore();
/** Two runtimes over one store, as two processes would have. */
const one = openRuntime(PRODUCT_CATALOGUE, { store });
const other = openRuntime(PRODUCT_CATALOGUE, { store });

interface Line {
  readonly entity: number;
  readonly version: number | 'next';
  readonly content: Content;
}

type Content = 'lamp' | 'chair' | 'orphan' | 'deleted' | 'misfit' | 'nothing' | 'no JSON';

const LINE: fc.Arbitrary<Line> = fc.record({
  entity: fc.nat(2),
  version: fc.oneof(fc.constant('next' as const), fc.integer({ min: 0, max: 4 })),
  content: fc.constantFrom<Content>(
    'lamp',
    'lamp',
    'chair',
    'chair',
    'orphan',
    'deleted',
    'misfit',
    'nothing',
    'no JSON',
  ),
});

describe('L12: nothing is lost', () => {
  it(
    'every input of a batch ends as exactly one outcome, in input order, and the counts add up to what is stored',
    async () => {
      await assertLaw(
        fc.asyncProperty(
          fc.array(LINE, { maxLength: 14 }),
          fc.integer({ min: 1, max: 6 }),
          async (lines, concurrency) => {
            const tenantId = await newTenant();
            const inputs = lines.map((line) => inputOfLine(tenantId, line));
            const outcomes = await collect(one.batch.ingest(inputs, { concurrency }));
            expectOneOutcomeEach(outcomes, lines);
            await expectStored(tenantId, outcomes, outcomesOf(lines));
          },
        ),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it(
    'nor is anything where two writers race with the same and with other content',
    async () => {
      const batch = fc.array(LINE, { minLength: 1, maxLength: 8 });
      await assertLaw(
        fc.asyncProperty(batch, batch, async (left, right) => {
          const tenantId = await newTenant();
          const [first, second] = await Promise.all([
            collect(one.batch.ingest(left.map((line) => inputOfLine(tenantId, line)))),
            collect(other.batch.ingest(right.map((line) => inputOfLine(tenantId, line)))),
          ]);
          expectOneOutcomeEach(first, left);
          expectOneOutcomeEach(second, right);
          await expectStored(tenantId, [...first, ...second]);
        }),
      );
    },
    LAW_TIMEOUT_MS,
  );

  it('a batch whose input fails half-way yields what was taken, and then the failure', async () => {
    async function* failing() {
      yield inputOfLine('broken-source', { entity: 0, version: 1, content: 'orphan' });
      throw new Error('the file ended early');
    }
    const seen: BatchOutcome<IngestResult>[] = [];
    const reading = async () => {
      for await (const outcome of one.batch.ingest(failing())) seen.push(outcome);
    };
    await expect(reading()).rejects.toThrow('the file ended early');
    expect(seen.map(({ index, ok }) => ({ index, ok }))).toEqual([{ index: 0, ok: true }]);
  });
});

async function newTenant(): Promise<string> {
  const tenantId = newTenantId();
  await one.ingest({ tenantId, entityKey: 'brand#ACME', version: 1, payload: ACME });
  return tenantId;
}

function inputOfLine(tenantId: string, { entity, version, content }: Line): IngestInput {
  const address = { tenantId, entityKey: `product#P${entity}`, version };
  switch (content) {
    case 'deleted':
      return { ...address, deleted: true };
    case 'no JSON':
      return { ...address, payloadJson: '{"title":' };
    case 'nothing':
      return { ...address, payload: undefined };
    default:
      return { ...address, payload: PAYLOADS[content] };
  }
}

const PAYLOADS: Readonly<Record<'lamp' | 'chair' | 'orphan' | 'misfit', JsonObject>> = {
  lamp: LAMP,
  chair: { title: 'Chair', price: 3 },
  orphan: { title: 'Orphan', brand_id: 'NOBODY' },
  misfit: { title: 7 },
};

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

type Verdict = 'inserted' | 'unchanged' | 'refused';

/** What becomes of each line where nobody else writes: lines of one entity are taken in their order. */
function outcomesOf(lines: readonly Line[]): readonly Verdict[] {
  const versions = new Map<number, { readonly first: number; readonly contents: Content[] }>();
  return lines.map(({ entity, version, content }) => {
    if (content === 'misfit' || content === 'nothing' || content === 'no JSON' || version === 0) return 'refused';
    const known = versions.get(entity);
    if (known === undefined) {
      versions.set(entity, { first: version === 'next' ? 1 : version, contents: [content] });
      return 'inserted';
    }
    const newest = known.first + known.contents.length - 1;
    if (version === 'next' && known.contents.at(-1) === content) return 'unchanged';
    if (version === 'next' || version === newest + 1) {
      known.contents.push(content);
      return 'inserted';
    }
    return known.contents[version - known.first] === content ? 'unchanged' : 'refused';
  });
}

function expectOneOutcomeEach(outcomes: readonly BatchOutcome<IngestResult>[], lines: readonly Line[]): void {
  expect(outcomes.map(({ index }) => index)).toEqual(lines.map((_, index) => index));
  for (const [index, outcome] of outcomes.entries()) {
    const line = lines[index];
    if (outcome.ok) expect(outcome.result.entityKey).toBe(`product#P${line?.entity}`);
    else expect(outcome.error).toMatchObject({ retryable: false, code: expect.stringMatching(REFUSALS) });
  }
}

const REFUSALS =
  /^(rawdata\.(schema_mismatch|content_ambiguous|content_conflict|version_gap)|version\.invalid|canonical\.[a-z_.]+|json\.[a-z_.]+)$/;

/** As many versions as were inserted, without a gap and none twice; every owed slicing says why. */
async function expectStored(
  tenantId: string,
  outcomes: readonly BatchOutcome<IngestResult>[],
  expected?: readonly Verdict[],
): Promise<void> {
  const verdicts = outcomes.map((outcome): Verdict => (outcome.ok ? outcome.result.outcome : 'refused'));
  if (expected !== undefined) expect(verdicts).toEqual(expected);
  const count = (verdict: Verdict) => verdicts.filter((other_) => other_ === verdict).length;
  expect(count('inserted') + count('unchanged') + count('refused')).toBe(outcomes.length);
  let stored = 0;
  for (const entityKey of ['product#P0', 'product#P1', 'product#P2']) {
    const { items } = await one.listVersions({ tenantId, entityKey, order: 'ascending' });
    stored += items.length;
    const first = items[0]?.version ?? 0;
    expect(items.map(({ version }) => version)).toEqual(items.map((_, index) => first + index));
    await expectNewestFollowed(tenantId, entityKey);
  }
  expect(stored).toBe(count('inserted'));
}

/** The newest version is sliced, or its refusal is on record. */
async function expectNewestFollowed(tenantId: string, entityKey: string): Promise<void> {
  const [active, failed] = await Promise.all([
    one.listByState({ tenantId, state: 'ACTIVE' }),
    one.listByState({ tenantId, state: 'FAILED' }),
  ]);
  const status = [...active.items, ...failed.items].find((item) => item.entityKey === entityKey);
  const { items } = await one.listVersions({ tenantId, entityKey, limit: 1 });
  expect(status?.version).toBe(items[0]?.version);
  if (status === undefined) return;
  const head = await one.activeVersion({ tenantId, entityKey, ruleSetRef: 'product-core@1.3.0' });
  if (status.state === 'ACTIVE') expect(head?.version).toBe(status.version);
  else
    expect(Object.values(status.owed)).toMatchObject([{ state: 'FAILED', lastError: { code: 'join.source_missing' } }]);
}
