import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { RawDataRecord } from '../../../src/domain/records.ts';
import { canonicalFormOf, canonicalTextOf, sha256Of } from '../../laws/support/oracle-values.ts';
import { Violation } from '../violation.ts';
import type { Moment } from './commit-checks.ts';
import type { Ledger } from './ledger.ts';

/** What clients have sent, and how often each may be in. */
export class Submissions {
  /** Entity key → canonical texts. */
  readonly #texts = new Map<string, Set<string>>();
  /** Of marked payloads: how often they may be in. Each is sent once, and once more by every client that died meanwhile. */
  readonly #allowances = new Map<string, number>();

  submit(ledger: Ledger, entityKey: string, payload: JsonObject | null): void {
    const text = canonicalInput(ledger, entityKey, payload);
    const texts = this.#texts.get(entityKey) ?? new Set();
    this.#texts.set(entityKey, texts.add(text));
    if (isMarked(payload)) this.#allowances.set(text, (this.#allowances.get(text) ?? 0) + 1);
  }

  isKnown(entityKey: string, text: string): boolean {
    return this.#texts.get(entityKey)?.has(text) ?? false;
  }

  allowanceOf(text: string): number {
    return this.#allowances.get(text) ?? Number.POSITIVE_INFINITY;
  }
}

/** A payload with a note is sent by one operation alone. */
export function isMarked(payload: JsonObject | null): boolean {
  return payload?.['note'] !== undefined;
}

export function canonicalInput(ledger: Ledger, entityKey: string, payload: JsonObject | null): string {
  if (payload === null) return 'null';
  // Every entity of a run has rule sets, all of one schema.
  const schema = ledger.ruleSetsOf(entityKey)[0]?.schema;
  if (schema === undefined) throw new Error(`no schema for ${entityKey} in this run`);
  return canonicalTextOf(canonicalFormOf(schema, payload));
}

/** Takes in what is new among an entity's versions; demands that the others are as they were. */
export function checkInputs(
  ledger: Ledger,
  submissions: Submissions,
  entityKey: string,
  records: readonly RawDataRecord[],
  { step, sinceStep }: Moment,
): void {
  const known = ledger.versionsOf(entityKey);
  if (records.length < known.length) throw new Violation('L2 RawData stays', `${entityKey} has lost a version`);
  for (const [index, record] of records.entries()) {
    const before = known[index];
    if (before !== undefined) checkUnchanged(before, record);
    else accept(ledger, submissions, record, { step, sinceStep });
  }
}

function checkUnchanged(before: { readonly version: number; readonly rawHash: string }, record: RawDataRecord): void {
  if (before.version === record.version && before.rawHash === record.rawHash) return;
  throw new Violation('L2 RawData never changes', `${record.entityKey} v${record.version}`);
}

function accept(ledger: Ledger, submissions: Submissions, record: RawDataRecord, { step, sinceStep }: Moment): void {
  const { entityKey, version, rawHash, body, schema } = record;
  const newest = ledger.versionsOf(entityKey).at(-1);
  if (newest !== undefined && version !== newest.version + 1) {
    throw new Violation('L6 versions are contiguous', `${entityKey} v${version} after v${newest.version}`);
  }
  const text = body.kind === 'inline' ? Buffer.from(body.bytes).toString() : 'null';
  if (!submissions.isKnown(entityKey, text)) {
    throw new Violation('L7 what is in is what was sent, in canonical form', `${entityKey} v${version}: ${text}`);
  }
  if (rawHash !== sha256Of(text, ...formatRef(schema).split('@'))) {
    throw new Violation('L2 RawData has the hash of its content', `${entityKey} v${version}`);
  }
  const payload: JsonObject | null = JSON.parse(text);
  ledger.accept(entityKey, { version, rawHash, payload, inSinceStep: step, sentAtStep: sinceStep });
  const times = ledger.versionsOf(entityKey).filter((known) => known.rawHash === rawHash).length;
  if (times > submissions.allowanceOf(text)) {
    throw new Violation('L12 what was sent once is in once', `${entityKey} v${version}: ${text} is in ${times} times`);
  }
}
