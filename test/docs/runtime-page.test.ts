import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openRuntime } from '../support/runtime-fixture.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/reference/runtime.md'), 'utf8');

it('the map of the runtime names every call', async () => {
  const runtime = openRuntime([]);
  const calls = Object.keys(runtime);
  expect(calls).toContain('ingest');
  expect(calls.filter((call) => !new RegExp(`\\b${call}\\b`).test(PAGE))).toEqual([]);
  await runtime.close();
});
