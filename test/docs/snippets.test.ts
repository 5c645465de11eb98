import { chmodSync, cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOrThrow, runProcess } from '../support/run-process.ts';
import { matchesOutput, readPage, type Step } from './read-page.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Inside the checkout, so that `slicewise` resolves to its build; not in node_modules, where Node strips no types. */
const WORK = join(ROOT, '.cache/docs');
const BIN = join(WORK, 'bin');

/** A page may ask for copies of the checkout's folders: `<!-- snippets: with contracts examples -->`. */
const WITH_FOLDERS = /<!-- snippets: with ([\w ]+) -->/;

interface Page {
  readonly name: string;
  readonly folder: string;
  readonly withFolders: readonly string[];
  readonly steps: readonly Step[];
}

const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).toSorted()].map((name): Page => {
  const text = readFileSync(join(ROOT, name), 'utf8');
  const folder = join(WORK, name.replace(/\.md$/, '').replaceAll(/[^\w-]+/g, '-'));
  return {
    name,
    folder,
    withFolders: WITH_FOLDERS.exec(text)?.[1]?.trim().split(/ +/) ?? [],
    steps: readSteps(name, text),
  };
});

function readSteps(name: string, text: string): readonly Step[] {
  try {
    return readPage(text);
  } catch (cause) {
    throw new Error(`${name} cannot be read as steps`, { cause });
  }
}

function moduleFile(page: Page, step: Step): string {
  return join(page.folder, `line-${step.line}.ts`);
}

beforeAll(() => {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(BIN, { recursive: true });
  const command = `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/cli/main.js')}" "$@"\n`;
  writeFileSync(join(BIN, 'slicewise'), command);
  chmodSync(join(BIN, 'slicewise'), 0o755);
  for (const page of pages) {
    mkdirSync(page.folder, { recursive: true });
    for (const name of page.withFolders) cpSync(join(ROOT, name), join(page.folder, name), { recursive: true });
    for (const step of page.steps) if (step.kind === 'module') writeFileSync(moduleFile(page, step), step.code);
  }
  const compilerOptions = { noUnusedLocals: false, noUnusedParameters: false };
  const project = { extends: '../../tsconfig.json', compilerOptions, include: ['*/line-*.ts'] };
  writeFileSync(join(WORK, 'tsconfig.json'), JSON.stringify(project));
});

describe('the documentation', () => {
  it('has only ts blocks that the strict compiler accepts', () => {
    if (pages.every((page) => page.steps.every((step) => step.kind !== 'module'))) return;
    runOrThrow({ command: 'tsc', args: ['-p', WORK], cwd: ROOT });
  });
});

describe.each(pages.filter(({ steps }) => steps.length > 0))('$name', (page) => {
  it.each(page.steps.map((step) => [step.line, step.kind, step] as const))('line %d: the %s works', (_, __, step) => {
    takeStep(page, step);
  });
});

function takeStep(page: Page, step: Step): void {
  if (step.kind === 'file') {
    const path = join(page.folder, step.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, step.code);
    expect(existsSync(path)).toBe(true);
    return;
  }
  if (step.kind === 'module' && !step.run) return;
  const program =
    step.kind === 'module'
      ? { command: process.execPath, args: [moduleFile(page, step)] }
      : { command: 'bash', args: ['-euo', 'pipefail', '-c', step.code] };
  const run = runProcess({ ...program, cwd: page.folder, path: [BIN, dirname(process.execPath)] });
  expect(run, `${page.name}:${step.line}`).toMatchObject({ exitCode: 0 });
  if (step.output !== undefined && !matchesOutput(step.output, run.stdout)) expect(run.stdout).toBe(step.output);
}
