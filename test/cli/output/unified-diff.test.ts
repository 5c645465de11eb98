import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Paint } from '../../../src/cli/output/terminal.ts';
import { unifiedDiff } from '../../../src/cli/output/unified-diff.ts';

const plain: Paint = (_style, text) => text;

/** What `patch` would make of a text; the diff's own claims about it are checked on the way. */
function patched(before: string, diff: string): string {
  const lines = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const after: string[] = [];
  let at = 0;
  for (const hunk of diff.split(/^(?=@@ )/m).slice(1)) {
    const [, start = '', count = ''] = /^@@ -(\d+),(\d+) \+\d+,\d+ @@\n/.exec(hunk) ?? [];
    const from = Number(count) === 0 ? Number(start) : Number(start) - 1;
    after.push(...lines.slice(at, from));
    at = from;
    // The marker says that the line in front of it has no line break.
    const body = hunk.slice(hunk.indexOf('\n') + 1).replaceAll('\n\\ No newline at end of file\n', '\0');
    for (const line of body.match(/[^\n\0]*[\n\0]/g) ?? []) {
      const [sign, text] = [line[0], line.slice(1).replace('\0', '')];
      if (sign !== '+') expect(text).toBe(lines[at]);
      if (sign !== '-') after.push(text ?? '');
      if (sign !== '+') at += 1;
    }
    expect(at - from).toBe(Number(count));
  }
  return [...after, ...lines.slice(at)].join('');
}

describe('a unified diff', () => {
  it('shows what is new between the lines around it', () => {
    const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', ''].join('\n');
    const after = before.replace('d\n', 'd\nnew\n').replace('e\n', 'E\n');
    expect(unifiedDiff('rules.yaml', before, after, plain)).toBe(
      '--- rules.yaml\n+++ rules.yaml\n@@ -2,6 +2,7 @@\n b\n c\n d\n-e\n+new\n+E\n f\n g\n',
    );
  });

  it('is nothing where nothing differs', () => {
    expect(unifiedDiff('rules.yaml', 'a\n', 'a\n', plain)).toBe('');
  });

  it('says where a last line has no line break', () => {
    expect(unifiedDiff('rules.yaml', 'a', 'a\nb', plain)).toBe(
      '--- rules.yaml\n+++ rules.yaml\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n',
    );
  });

  it('shows what could steer a terminal escaped, and leaves tabs', () => {
    expect(unifiedDiff('rules.yaml', '', '\ta\u001b[2J\n', plain)).toContain('+\ta\\u001b[2J\n');
  });

  it('leads from one text to the other', () => {
    const line = fc.constantFrom('a\n', 'b\n', 'c\n', 'd\n');
    const text = fc
      .tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'end'))
      .map(([lines, end]) => lines.join('') + end);
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(patched(before, unifiedDiff('rules.yaml', before, after, plain))).toBe(after);
      }),
    );
  });
});
