import type { JsonObject } from '../../src/domain/canonical/json-value.ts';
import { hasCode, isSlicewiseError, type SlicewiseError } from '../../src/domain/errors.ts';
import type {
  IngestInput,
  IngestResult,
  InsertRawdataInput,
  InsertRawdataResult,
  Runtime,
} from '../../src/flows/runtime/runtime.ts';
import type { Session } from './operations.ts';
import { TENANT } from './oracle/read-store.ts';

export interface SentContent {
  readonly entityKey: string;
  /** `null`: deleted. */
  readonly payload: JsonObject | null;
}

/** A version that a client sends. */
export interface SentVersion extends SentContent {
  /** Where the client begins to count the versions itself; `null`: it says `next`. */
  readonly firstVersion: number | null;
}

type Call = (input: InsertRawdataInput) => Promise<InsertRawdataResult>;

/** Sends it as the documentation tells clients to: what may be in is never sent as another version. */
export async function sendVersion(session: Session, sent: SentVersion, call: Call): Promise<void> {
  const { memory, oracle, runtime } = session;
  const { entityKey, payload, firstVersion } = sent;
  if (!memory.isSent) oracle.submit(entityKey, payload);
  memory.isSent = true;
  if (firstVersion !== null)
    memory.triedVersion ??= ((await newestVersion(runtime, entityKey)) || firstVersion - 1) + 1;
  const version: number | 'next' = memory.triedVersion ?? 'next';
  try {
    oracle.toldInserted(await call(inputOf(sent, version)), payload);
  } catch (error) {
    memory.triedVersion = triedVersionOf(error) ?? memory.triedVersion;
    // That version is another's, so the client's own is not in.
    const isTaken = hasCode(error, 'rawdata.content_conflict') && firstVersion === null && version !== 'next';
    if (!isTaken) throw error;
    memory.triedVersion = undefined;
    await sendVersion(session, sent, call);
  }
}

export async function ingest({ runtime, oracle }: Session, input: IngestInput): Promise<IngestResult> {
  const result = await runtime.ingest(input);
  oracle.toldIngested(result);
  return result;
}

/** The next versions of several entities at once; what is not put is not sent again. */
export async function sendBatch(
  { runtime, oracle }: Session,
  { sent }: { readonly sent: readonly SentContent[] },
): Promise<void> {
  for (const { entityKey, payload } of sent) oracle.submit(entityKey, payload);
  let heard = 0;
  for await (const outcome of runtime.batch.ingest(sent.map((content) => inputOf(content, 'next')))) {
    oracle.toldInTurn(outcome.index, heard);
    heard += 1;
    // The outcome's index is its input's.
    const { payload } = sent[outcome.index] as SentContent;
    if (!outcome.ok && isInvariantViolation(outcome.error)) throw outcome.error;
    if (!outcome.ok) continue;
    oracle.toldInserted(outcome.result, payload);
    oracle.toldIngested(outcome.result);
  }
  oracle.toldInTurn(sent.length, heard);
}

function isInvariantViolation({ category }: SlicewiseError): boolean {
  return category === 'InvariantViolation';
}

function inputOf({ entityKey, payload }: SentContent, version: number | 'next'): InsertRawdataInput {
  const input = { tenantId: TENANT, entityKey, version };
  return payload === null ? { ...input, deleted: true } : { ...input, payload };
}

export async function newestVersion(runtime: Runtime, entityKey: string): Promise<number> {
  const { items } = await runtime.listVersions({ tenantId: TENANT, entityKey, limit: 1 });
  return items[0]?.version ?? 0;
}

/** A call whose outcome is not known names what it tried, and is repeated with that. */
function triedVersionOf(error: unknown): number | undefined {
  const tried = isSlicewiseError(error) && error.retryable ? error.details['triedVersion'] : undefined;
  return typeof tried === 'number' ? tried : undefined;
}
