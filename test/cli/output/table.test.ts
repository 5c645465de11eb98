import { styleText } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderPairs, renderTable } from '../../../src/cli/output/table.ts';
import { printable, textWidth } from '../../../src/cli/output/text-width.ts';
import { renderTree } from '../../../src/cli/output/tree.ts';

const plain = (text: string) => text;

describe('a table', () => {
  it('aligns its columns, numbers to the right, without trailing spaces', () => {
    const columns = [{ title: 'slice' }, { title: 'n', align: 'right' as const }, { title: 'why' }];
    expect(
      renderTable(
        columns,
        [
          ['CORE', '1', ''],
          ['PRICE_LONG', '12', 'changed'],
        ],
        plain,
      ),
    ).toBe('slice        n  why\nCORE         1\nPRICE_LONG  12  changed\n');
  });

  it('aligns wide characters and styled cells by what they take on the screen', () => {
    const bold = styleText('bold', 'ab', { validateStream: false });
    const lines = renderTable(
      [{ title: 'name' }, { title: 'x' }],
      [
        ['한글', '1'],
        [bold, '2'],
        ['abcd', '3'],
      ],
      plain,
    )
      .trimEnd()
      .split('\n');
    expect(lines.map((line) => textWidth(line))).toEqual([7, 7, 7, 7]);
  });

  it('needs no rows', () => {
    expect(renderTable([{ title: 'name' }], [], plain)).toBe('name\n');
  });
});

describe('pairs', () => {
  it('align their values', () => {
    expect(
      renderPairs(
        [
          ['a', '1'],
          ['long', '2'],
        ],
        plain,
      ),
    ).toBe('a     1\nlong  2\n');
  });
});

describe('a tree', () => {
  it('draws branches, and keeps them whole beside labels of several lines', () => {
    const tree = { label: 'root', children: [{ label: 'a', children: [{ label: 'b\nc' }] }, { label: 'd\ne' }] };
    expect(renderTree(tree, plain)).toBe('root\n├─ a\n│  └─ b\n│     c\n└─ d\n   e\n');
  });
});

describe('text width', () => {
  it.each([
    ['abc', 3],
    ['한글', 4],
    ['日本', 4],
    ['😀', 2],
    ['e\u0301', 1],
    ['│', 1],
    ['', 0],
  ])('of %j is %i', (text, width) => {
    expect(textWidth(text)).toBe(width);
  });
});

describe('data on a terminal', () => {
  it.each([
    ['an escape sequence', '\u001b[31mred', '\\u001b[31mred'],
    ['a C1 control', '\u009b31m', '\\u009b31m'],
    ['a line end', 'a\nb', 'a\\u000ab'],
    ['a turn of direction', 'a\u202eb', 'a\\u202eb'],
    ['a lone surrogate', '\ud800', '\ufffd'],
    ['plain text of any script', 'Größe 한글 😀', 'Größe 한글 😀'],
  ])('shows %s harmlessly', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
