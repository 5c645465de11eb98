import { describe, expect, it } from 'vitest';
import { matchesOutput, readPage } from './read-page.ts';

const TICKS = '```';

function page(...blocks: readonly (readonly [info: string, code: string])[]): string {
  return blocks.map(([info, code]) => `Some text.\n\n${TICKS}${info}\n${code}\n${TICKS}\n`).join('\n');
}

describe('reading a page', () => {
  it('takes ts blocks as modules, each on the lines that it has on the page', () => {
    const steps = readPage(page(['ts', 'first();'], ['ts', 'second();']));
    expect(steps).toEqual([
      { kind: 'module', line: 3, code: '\n\n\nfirst();\n', run: true },
      { kind: 'module', line: 9, code: `${'\n'.repeat(9)}second();\n`, run: true },
    ]);
  });

  it('joins a block that continues to the one before it, and keeps its lines', () => {
    const [step, ...others] = readPage(page(['ts', 'first();'], ['ts continue', 'second();']));
    expect(others).toEqual([]);
    expect(step?.code.split('\n').map((line, index) => `${index + 1}: ${line}`)).toEqual(
      expect.arrayContaining(['4: first();', '10: second();']),
    );
  });

  it.each([
    ['ts continue', 'expected a ts block right before'],
    ['ts no-run', 'expected no-run="reason"'],
    ['text output', 'expected a step that prints'],
  ])('refuses a lonely %s', (info, message) => {
    expect(() => readPage(page([info, 'x']))).toThrow(message);
  });

  it('runs bash blocks that ask for it, and no others', () => {
    const steps = readPage(page(['bash', 'rm -r'], ['bash run', 'ls'], ['json', '{}']));
    expect(steps).toEqual([{ kind: 'shell', line: 9, code: 'ls\n' }]);
  });

  it('only type-checks a block that says why it cannot run', () => {
    expect(readPage(page(['ts no-run="needs a server"', 'x();']))).toMatchObject([{ kind: 'module', run: false }]);
  });

  it('takes a block with a path as a file, whatever its language', () => {
    const steps = readPage(page(['yaml file=contracts/a.yaml', 'id: a']));
    expect(steps).toEqual([{ kind: 'file', line: 3, code: 'id: a\n', path: 'contracts/a.yaml' }]);
  });

  it('takes text output as what the step before it prints', () => {
    expect(readPage(page(['bash run', 'ls'], ['text output', 'a']))).toMatchObject([{ kind: 'shell', output: 'a\n' }]);
  });

  it('reads blocks that are indented below a list item', () => {
    const steps = readPage(`1. Do:\n\n   ${TICKS}bash run\n   ls\n   ${TICKS}\n`);
    expect(steps).toEqual([{ kind: 'shell', line: 3, code: 'ls\n' }]);
  });
});

describe('comparing output', () => {
  it.each([
    ['the same', 'a\nb\n', 'a\nb\n', true],
    ['another line', 'a\nb\n', 'a\nc\n', false],
    ['a missing line', 'a\nb\n', 'a\n', false],
    ['a line too many', 'a\n', 'a\nb\n', false],
    ['an ellipsis inside a line', 'hash sha256:…, done', 'hash sha256:0f3a, done', true],
    ['an ellipsis for lines', 'a\n…\nz', 'a\nb\nc\nz', true],
    ['an ellipsis for no line', 'a\n…\nz', 'a\nz', true],
    ['characters that patterns use', '(a+)', 'aa', false],
  ])('%s', (_, expected, actual, answer) => {
    expect(matchesOutput(expected, actual)).toBe(answer);
  });
});
