/** Several writers of one process, each doing its work over a shared store; says on stdout what became of each input. */
import { writeSync } from 'node:fs';
import { createObjectRegistry } from '../../../src/adapters/memory/contract-objects.ts';
import { parseStoreUrl } from '../../../src/cli/locations.ts';
import { openStores } from '../../../src/cli/open-store.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { createRuntime } from '../../../src/flows/runtime/create-runtime.ts';
import type { RaceOutcome } from './race-outcome.ts';
import {
  inputsOf,
  payloadOf,
  RACING_CONTRACTS,
  RACING_TENANT,
  type RacingInput,
  WRITERS_PER_PROCESS,
} from './racing-work.ts';

const [url = '', processIndex = '0'] = process.argv.slice(2);
const TRIES_MAX = 50;

const { store } = await openStores({ store: parseStoreUrl(url), payloadStore: null }, 'create');
const runtime = createRuntime({ store, registry: createObjectRegistry(RACING_CONTRACTS) });
const first = Number(processIndex) * WRITERS_PER_PROCESS;
await Promise.all(Array.from({ length: WRITERS_PER_PROCESS }, (_, index) => write(first + index)));
await store.close();

async function write(writer: number): Promise<void> {
  for (const input of inputsOf(writer)) {
    for (let attempt = 1; (await tryOnce(writer, input)).isRetryable && attempt < TRIES_MAX; attempt += 1);
  }
}

async function tryOnce(writer: number, input: RacingInput): Promise<RaceOutcome> {
  const outcome = { writer, ...input, ...(await ingest(input)) };
  writeSync(1, `${JSON.stringify(outcome)}\n`);
  return outcome;
}

async function ingest(input: RacingInput): Promise<Pick<RaceOutcome, 'outcome' | 'isRetryable'>> {
  const { entityKey, version } = input;
  try {
    const { outcome } = await runtime.ingest({
      tenantId: RACING_TENANT,
      entityKey,
      version,
      payload: payloadOf(input),
    });
    return { outcome, isRetryable: false };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return { outcome: error.code, isRetryable: error.retryable };
  }
}
