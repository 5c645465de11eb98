import { describe, expect, it } from 'vitest';
import { readFlags } from '../../../src/cli/flags.ts';
import { EMPTY_TALLY, type IngestTally } from '../../../src/cli/ingest/record-outcome.ts';
import { renderTally } from '../../../src/cli/ingest/render-tally.ts';

interface Overrides {
  readonly isStopped?: boolean;
  readonly rejectsPath?: string;
  readonly flags?: Record<string, unknown>;
}

function render(tally: Partial<IngestTally>, { flags = {}, ...overrides }: Overrides = {}): string {
  const run = { isStopped: false, rejectsPath: null, ...overrides };
  const report = { tally: { ...EMPTY_TALLY, ...tally }, ...run, flags: readFlags(flags) };
  return renderTally(report, (_, text) => text);
}

describe('the counts of a run', () => {
  it('leave out what did not happen', () => {
    expect(render({ read: 1_200, inserted: 1_200 })).toBe(
      'records read  1,200\n  inserted    1,200\n  unchanged       0\n',
    );
  });

  it('say who followed, who could not, and which changes are still to be followed', () => {
    const text = render({ read: 1, inserted: 1, followed: 1_200, followersRefused: 3, fanOutOwed: 2 });
    expect(text).toMatch(/\nfollowed by +1,200 .*\n {2}refused +3 .*\nstill to follow +2 /);
    expect(text).toContain('Let the others follow: slicewise resume\n');
  });

  it('name reasons, the most frequent first', () => {
    const reasons = { refused: { 'a.rare': 1, 'c.often': 3, 'b.often': 3 }, failed: {}, slicingRefused: {} };
    expect(render({ read: 7, refused: 7, reasons })).toContain('refused     7  b.often 3, c.often 3, a.rare 1\n');
  });

  it.each([
    ['a run that was stopped', { read: 1, inserted: 1 }, { isStopped: true }, 'Run the same command again'],
    ['soft failures', { read: 1, failed: 1 }, {}, 'Run the same command again'],
    ['refused records', { read: 1, refused: 1 }, { rejectsPath: 'r.ndjson' }, 'jq -r .record r.ndjson'],
    ['refused slicings', { read: 1, slicingRefused: 1 }, {}, 'slicewise resume --retry-refused'],
  ])('say how to go on after %s', (_, tally, overrides, advice) => {
    expect(render(tally, overrides)).toContain(advice);
    expect(render({ read: 1, inserted: 1 })).not.toContain(advice);
  });

  it('go on in the same store, for the same tenant and with the same schema', () => {
    const flags = { schema: 'item@1.0.0', store: 'my store.db', tenant: 'acme' };
    const text = render({ read: 2, refused: 1, slicingRefused: 1 }, { rejectsPath: 'my rejects', flags });
    const globals = "--store 'my store.db' --tenant acme";
    expect(text).toContain(`: jq -r .record 'my rejects' | slicewise ingest - --schema item@1.0.0 ${globals}\n`);
    expect(text).toContain(`: slicewise resume --retry-refused ${globals}\n`);
  });
});
