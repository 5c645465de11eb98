import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isAllowedLicence } from '../../scripts/licence-policy.ts';
import { findText, listFiles, ROOT } from './tracked-files.ts';

/** Lines from which on a file is two rooms. */
const FILE_LINES_MAX = 400;

const files = listFiles();
const code = files.filter((path) => /\.(ts|cjs|mjs)$/.test(path));
const tests = code.filter((path) => /^test\/.*\.(test|suite)\.ts$/.test(path));
const texts = files.filter((path) => /\.(ts|cjs|mjs|md|ya?ml)$/.test(path) || path === '.ci/run');
const named = files.filter((path) => /^(src|test|bench|examples|scripts|docs|adr|contracts)\//.test(path));

/** This file has to spell what it forbids. */
const others = (paths: readonly string[]) => paths.filter((path) => path !== 'test/tidy/tidy.test.ts');

describe('names', () => {
  it('are kebab-case, files and folders alike', () => {
    const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*([.@][a-z0-9]+(-[a-z0-9]+)*)*$/;
    const odd = named.filter((path) => !path.split('/').every((name) => name === 'README.md' || kebabCase.test(name)));
    expect(odd).toEqual([]);
  });

  it('say what is inside', () => {
    const empty = /(^|[/.-])(utils?|helpers?|commons?|misc|stuff|types)([/.-]|$)/;
    const typeTests = /^test\/types\//;
    expect(named.filter((path) => empty.test(path.replace(typeTests, '')))).toEqual([]);
  });
});

describe('code', () => {
  it('finishes what it starts', () => {
    expect(findText(/\b(TODO|FIXME|XXX|HACK)\b/, others(texts))).toEqual([]);
  });

  it('keeps to files that can be read in one go', () => {
    const long = code
      .map((path) => ({ path, lines: readFileSync(join(ROOT, path), 'utf8').split('\n').length - 1 }))
      .filter(({ lines }) => lines > FILE_LINES_MAX)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  it('overrules neither the compiler nor the linter without a reason', () => {
    const silent = /@ts-ignore|@ts-nocheck|@ts-expect-error\s*$|biome-ignore [\w/]+\s*$|\bas any\b/;
    expect(findText(silent, others(code))).toEqual([]);
  });
});

describe('tests', () => {
  it('all run', () => {
    expect(findText(/\b(it|test|describe)(\.\w+)*\.(only|skip|todo)\b|\b[xf](it|describe)\(/, others(tests))).toEqual(
      [],
    );
  });

  it('compare with facts, not with what was there yesterday', () => {
    expect(findText(/toMatch(Inline|File)?Snapshot/, others(tests))).toEqual([]);
  });
});

describe('decisions', () => {
  const decisions = files.filter((path) => path.startsWith('adr/'));

  it('that are referred to are written down', () => {
    const numbers = new Set(decisions.map((path) => Number(/^adr\/(\d+)-/.exec(path)?.[1])));
    const missing = findText(/\bADR[ -]?\d+\b|\badr\/[\w.-]+\.md\b/, others(texts)).filter((finding) => {
      const reference = finding.slice(finding.lastIndexOf(' ') + 1);
      if (reference.startsWith('adr/')) return !existsSync(join(ROOT, reference));
      return !numbers.has(Number(/\d+$/.exec(reference)?.[0]));
    });
    expect(missing).toEqual([]);
  });

  it('have each a number of their own', () => {
    const numbers = decisions.map((path) => /^adr\/(\d+)-/.exec(path)?.[1]).filter((number) => number !== undefined);
    expect(numbers).toEqual([...new Set(numbers)]);
  });
});

describe('the exports map', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const targets: readonly unknown[] = Object.values(manifest.exports);
  const built = targets.flatMap((target) =>
    typeof target === 'object' && target !== null && 'default' in target ? [String(target.default)] : [],
  );

  it('has every file on top of src and the entry file of every adapter, and nothing else', () => {
    const entries = files.filter((path) => /^src\/([^/]+|adapters\/[^/]+\/index)\.ts$/.test(path)).toSorted();
    expect(built.map((path) => path.replace('./dist/', 'src/').replace(/\.js$/, '.ts')).toSorted()).toEqual(entries);
  });
});

describe('the licence policy', () => {
  it.each([
    ['MIT', true],
    ['(MIT OR GPL-3.0-only)', true],
    ['MIT AND ISC', true],
    ['MIT AND GPL-3.0-only', false],
    ['LGPL-3.0-or-later', false],
    ['MIT*', false],
    ['UNLICENSED', false],
    ['UNKNOWN', false],
  ])('%s: %s', (licence, allowed) => {
    expect(isAllowedLicence(licence)).toBe(allowed);
  });
});
