import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createFileRegistry } from '../../../src/adapters/files/index.ts';
import { openSqliteStore } from '../../../src/adapters/sqlite/sqlite-store.ts';
import { run } from '../../../src/cli/commands/fan-out.ts';
import { EXIT_DONE, EXIT_RETRY } from '../../../src/cli/exit-code.ts';
import { readFlags } from '../../../src/cli/flags.ts';
import type { Invocation } from '../../../src/cli/invocation.ts';
import type { Sink } from '../../../src/cli/output/terminal.ts';
import { createRuntime } from '../../../src/flows/runtime/create-runtime.ts';
import { TENANT } from '../../support/runtime-fixture.ts';
import { temporaryFile } from '../../support/temporary-file.ts';

const CONTRACTS = fileURLToPath(new URL('../../e2e/support/contracts', import.meta.url));
const ITEMS = 3;

/** A store with a maker that was renamed, and items that have yet to follow. */
async function fillStore(): Promise<string> {
  const path = temporaryFile('store.db');
  const registry = createFileRegistry({ dir: CONTRACTS });
  const runtime = createRuntime({ store: await openSqliteStore({ path }), registry });
  const maker = { tenantId: TENANT, entityKey: 'maker#M1' };
  await runtime.ingest({ ...maker, version: 1, payload: { name: 'Acme' } });
  for (let number = 1; number <= ITEMS; number += 1) {
    const payload = { title: 'Item', maker_id: 'M1' };
    await runtime.ingest({ tenantId: TENANT, entityKey: `item#${number}`, version: 1, payload });
  }
  await runtime.insertRawdata({ ...maker, version: 2, payload: { name: 'Acme Works' } });
  await runtime.close();
  return path;
}

function sinkOf(write: (text: string) => void): Sink {
  return {
    write: async (content) => write(String(content)),
    isClosed: false,
    closed: new AbortController().signal,
    isTerminal: false,
    columns: 100,
    paint: (_, text) => text,
  };
}

/** @param onOutput called with each piece of output, while the command waits */
function invocationOf(path: string, format: 'human' | 'json', onOutput: (text: string) => void): Invocation {
  return {
    positionals: ['maker#M1'],
    flags: readFlags({}),
    settings: {
      contractsDir: CONTRACTS,
      registry: { kind: 'files', dir: CONTRACTS },
      store: { kind: 'sqlite', path },
      tenantId: TENANT,
      format,
      hashes: 'short',
      payloadStore: null,
      logLevel: null,
    },
    terminal: { out: sinkOf(onOutput), err: sinkOf(() => {}) },
  };
}

/** As Ctrl-C does, for nobody but who has asked for it last. */
function interrupt(): void {
  process.listeners('SIGINT').at(-1)?.('SIGINT');
}

describe('a fan-out that is asked to stop', () => {
  it('says how far it came, and the same command again does the rest', async () => {
    const path = await fillStore();
    const stopped: string[] = [];
    const exitCode = await run(
      invocationOf(path, 'human', (text) => {
        stopped.push(text);
        // The plan is shown just before it is applied.
        if (text.startsWith('fan-out of')) interrupt();
      }),
    );
    expect(exitCode).toBe(EXIT_RETRY);
    expect(stopped.join('')).toMatch(/\nstopped after 0 of 4 slicings\nRun the same command again/);
    const again: string[] = [];
    expect(await run(invocationOf(path, 'human', (text) => again.push(text)))).toBe(EXIT_DONE);
    expect(again.join('')).toMatch(/\nrevised +3\nsliced +1\nunchanged +0\nsettled +1 of 1\n$/);
  });

  it('leaves no listener for signals behind', async () => {
    const before = process.listenerCount('SIGINT');
    await run(invocationOf(await fillStore(), 'json', () => {}));
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
