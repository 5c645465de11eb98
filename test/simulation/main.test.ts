import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProcess } from '../support/run-process.ts';
import { drawScenario, runScenario } from './run-seed.ts';

const ROOT = join(import.meta.dirname, '../..');

function simulate(...args: readonly string[]) {
  return runProcess({ command: process.execPath, args: ['test/simulation/main.ts', ...args], cwd: ROOT });
}

describe('npm run simulation', () => {
  it('counts seeds, steps and violations in its last line, and shows progress beside it', async () => {
    const { exitCode, stdout, stderr } = simulate('--seeds', '2', '--first-seed', '5');
    expect(stdout).toMatch(/^2 seeds, \d+ steps, 0 violations\n$/);
    expect(stderr).toContain('2 of 2 seeds, 0 violations');
    expect(exitCode).toBe(0);
  });

  it('answers in JSON, and takes the same steps in a process of its own', async () => {
    const { steps } = await runScenario(drawScenario(5));
    const { stdout } = simulate('--seeds', '1', '--first-seed', '5', '--json');
    expect(JSON.parse(stdout)).toEqual({ seeds: 1, firstSeed: 5, steps, violations: [] });
  });

  it('refuses a number of seeds that is none', () => {
    const { exitCode, stderr } = simulate('--seeds', 'many');
    expect(stderr).toContain('--seeds: expected an integer from 1, found many');
    expect(exitCode).toBe(1);
  });
});
