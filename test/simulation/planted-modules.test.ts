import { describe, expect, it } from 'vitest';
import { changedText, findModuleBug } from './planted/changed-module.ts';
import { MODULE_BUGS } from './planted/module-bugs.ts';

const TIMEOUT_MS = 300_000;

describe('the simulator sees that', () => {
  it.each(MODULE_BUGS)(
    '$name',
    async (bug) => {
      const found = await findModuleBug(bug);
      expect(found?.check).toMatch(bug.breaks);
    },
    TIMEOUT_MS,
  );
});

describe('a bug that is planted in a module', () => {
  it('says so where the module has moved on', () => {
    const change = { module: 'src/index.ts', edits: [['gone', 'here']] } as const;
    expect(() => changedText('moved', change)).toThrow(/src\/index\.ts: expected once, found 0 times/);
  });
});
