import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProcessOutcome, runProcess } from '../support/run-process.ts';

const ROOT = join(import.meta.dirname, '../..');

let scratch: string;
let demo: ProcessOutcome;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'slicewise-e2e-'));
  const env = `TMPDIR=${scratch}`;
  demo = runProcess({ command: 'env', args: [env, process.execPath, 'examples/demo/main.ts'], cwd: ROOT });
}, 300_000);
afterAll(() => {
  if (existsSync(scratch)) rmSync(scratch, { recursive: true });
});

describe('the demo', () => {
  it('ends well, with nothing to complain about', () => {
    expect(demo).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it('makes many claims, and all of them hold', () => {
    expect(demo.stdout.match(/^ ✓ /gm)?.length).toBeGreaterThan(30);
    expect(demo.stdout).not.toContain('✗');
  });

  it.each([
    'Contracts in',
    'A shop moves in',
    'One product, closely',
    'Views out',
    'A brand is renamed',
    'What does not fit stays out',
    'Nor does a contract that forgets something',
    'Real data',
    'Some of it changes',
    'FULL = INCREMENTAL',
  ])('tells of: %s', (title) => {
    expect(demo.stdout).toMatch(new RegExp(`^ \\d+ {2}${title}`, 'm'));
  });

  it('shows numbers that follow from the data', () => {
    expect(demo.stdout).toContain('363 name a parent that is not there');
    expect(demo.stdout).toContain('342 of 342 manifest hashes are equal');
  });

  it('writes no colour codes where nobody sees them', () => {
    expect(demo.stdout).not.toContain('\u001b');
  });

  it('removes its store', () => {
    expect(readdirSync(scratch)).toEqual([]);
  });
});
