import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from './page-links.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGES = globSync(['*.md', '{docs,adr,examples,contracts}/**/*.md'], { cwd: ROOT }).toSorted();

describe('the links of a page', () => {
  it('are read with their path, heading and line', () => {
    expect(linksOf('# A\n\n[b](b.md), [c](../c.md#d "e") and [here](#a)')).toEqual([
      { line: 3, path: 'b.md', anchor: '' },
      { line: 3, path: '../c.md', anchor: 'd' },
      { line: 3, path: '', anchor: 'a' },
    ]);
  });

  it('are neither those in code nor those that leave the repository', () => {
    expect(linksOf('```md\n[a](a.md)\n```\n`[b](b.md)` [c](https://c.example/d#e)')).toEqual([]);
  });

  it.each([
    ['### `admin gc [--dry-run]`', 'admin-gc---dry-run'],
    ['## What it costs, and why?', 'what-it-costs-and-why'],
    ['## [0.1.0]', '010'],
    ['## Über_uns', 'über_uns'],
  ])('lead to %s by the anchor %s', (heading, anchor) => {
    expect([...anchorsOf(heading)]).toEqual([anchor]);
  });

  it('lead to the second heading of a name by a number', () => {
    expect([...anchorsOf('# A\n## B\n## B')]).toEqual(['a', 'b', 'b-1']);
  });
});

describe('the documentation', () => {
  it('has the pages that readers begin with', () => {
    expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/README.md', 'adr/README.md']));
  });

  it.each(PAGES)('%s leads to pages and headings that are there', (page) => {
    expect(deadLinksOf(page)).toEqual([]);
  });
});

/** Each as `page:line: target`. */
function deadLinksOf(page: string): readonly string[] {
  return linksOf(readFileSync(join(ROOT, page), 'utf8'))
    .filter(({ path, anchor }) => !leadsSomewhere(path === '' ? page : join(dirname(page), path), anchor))
    .map(({ line, path, anchor }) => `${page}:${line}: ${path}${anchor === '' ? '' : `#${anchor}`}`);
}

function leadsSomewhere(target: string, anchor: string): boolean {
  const file = join(ROOT, target);
  if (!existsSync(file)) return false;
  return anchor === '' || (target.endsWith('.md') && anchorsOf(readFileSync(file, 'utf8')).has(anchor));
}
