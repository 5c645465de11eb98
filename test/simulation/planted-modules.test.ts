/** Bugs in single modules of the runtime: each is replaced by a changed copy while its seeds run. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findBug } from './planted/find-bug.ts';

type PipelineState = typeof import('../../src/domain/pipeline-state.ts');
type VersionPages = typeof import('../../src/flows/runtime/version-pages.ts');

const planted = vi.hoisted(() => ({ bug: '' }));

vi.mock('../../src/domain/pipeline-state.ts', async (importOriginal) => {
  const original = await importOriginal<PipelineState>();
  const statusAfterFanOut: PipelineState['statusAfterFanOut'] = (status, done) =>
    original.statusAfterFanOut(status, planted.bug === HARMLESS ? { ...done, from: status.fannedOutTo } : done);
  return { ...original, statusAfterFanOut };
});

vi.mock('../../src/flows/runtime/version-pages.ts', async (importOriginal) => {
  const original = await importOriginal<VersionPages>();
  const pagesOfVersions: VersionPages['pagesOfVersions'] = async function* (...range) {
    for await (const versions of original.pagesOfVersions(...range)) {
      yield planted.bug === ENDS
        ? versions.filter((_, index) => index === 0 || index === versions.length - 1)
        : versions;
    }
  };
  return { ...original, pagesOfVersions };
});

const HARMLESS = 'a fan-out that began behind the mark settles what an earlier change still owes';
const ENDS = 'of a range of versions only the ends are compared';

const STALE = /^(L3 no parent is stale in the end|L12 what stays refused has a reason that is true)$/;
const TIMEOUT_MS = 300_000;

describe('the simulator sees that', () => {
  afterEach(() => {
    planted.bug = '';
  });

  it.each([HARMLESS, ENDS])(
    '%s',
    async (bug) => {
      planted.bug = bug;
      const found = await findBug({ breaks: STALE });
      expect(found?.violation?.check).toMatch(STALE);
    },
    TIMEOUT_MS,
  );
});
