import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/reference/errors.md'), 'utf8');

const documented = new Set([...PAGE.matchAll(/`([a-z0-9_]+\.[a-z0-9_]+)`/g)].map((match) => match[1] ?? ''));

/** Everything in the code that looks like one of the families of codes that the page has. */
function listCodes(): ReadonlySet<string> {
  const families = [...new Set([...documented].map((code) => code.split('.')[0]))].join('|');
  const code = new RegExp(`['\`]((?:${families})\\.[a-z0-9_]*[a-z0-9])['\`]`, 'g');
  const files = globSync('src/**/*.ts', { cwd: ROOT }).filter((file) => !file.endsWith('telemetry.ts'));
  const texts = files.map((file) => readFileSync(join(ROOT, file), 'utf8'));
  return new Set(texts.flatMap((text) => [...text.matchAll(code)].map((match) => match[1] ?? '')));
}

describe('the error reference', () => {
  const raised = listCodes();

  it('lists every code that the source names', () => {
    expect([...raised].filter((code) => !documented.has(code)).toSorted()).toEqual([]);
  });

  it('lists no code that is gone', () => {
    expect([...documented].filter((code) => !raised.has(code)).toSorted()).toEqual([]);
  });
});
