/** Store calls as a trace shows them, and as the parts that a weak store takes one by one. */
import { formatRef } from '../../src/domain/contracts/contract-ref.ts';
import type { ErasableRecord, HintRecord, IndexStateRecord, StatusRecord } from '../../src/domain/records.ts';
import type {
  CommitChange,
  InsertChange,
  OnceRecord,
  RangeQuery,
  RecordKey,
  RuleSetAddress,
  Write,
} from '../../src/ports/store.ts';
import type { StoreMethod } from '../support/wrap-store.ts';

export function isWrite(method: StoreMethod): boolean {
  return method !== 'batchGet' && method !== 'range';
}

/**
 * The calls that one call is made of where nothing is atomic but one record's write: for several records one call each.
 */
export function partsOf(method: StoreMethod, args: readonly unknown[]): readonly (readonly unknown[])[] {
  if (method !== 'batchGet' && method !== 'putOnce' && method !== 'putHints' && method !== 'erase') return [args];
  // The first argument of these is their list.
  const items = args[0] as readonly unknown[];
  return items.length < 2 ? [args] : items.map((item) => [[item]]);
}

/** One answer from those of the parts. */
export function joinAnswers(method: StoreMethod, answers: readonly unknown[]): unknown {
  if (answers.length === 1 || method === 'putHints' || method === 'erase') return answers[0];
  return answers.flat(1);
}

/** The call and its key: what it is about, never what it holds. Casts follow the method's signature. */
export function describeCall(method: StoreMethod, args: readonly unknown[]): string {
  const [first] = args;
  switch (method) {
    case 'batchGet':
      return `get ${(first as readonly RecordKey[]).map(describeKey).join(', ')}`;
    case 'range':
      return `range ${describeRange(first as RangeQuery)}`;
    case 'putOnce':
      return `putOnce ${(first as readonly OnceRecord[]).map(describeKey).join(', ')}`;
    case 'putHints':
      return `putHints ${(first as readonly HintRecord[]).map(describeHint).join(', ')}`;
    case 'deleteHint':
      return `deleteHint ${describeHint(first as HintRecord)}`;
    case 'updateStatus':
      return `updateStatus ${describeStatus(first as StatusRecord)}`;
    case 'updateIndexState':
      return `updateIndexState ${describeIndexState(first as IndexStateRecord)}`;
    case 'insert':
      return `insert ${(first as InsertChange).rawData.entityKey} v${(first as InsertChange).rawData.version}`;
    case 'commit':
      return describeCommit(first as CommitChange);
    case 'raiseGcEpoch':
      return `raiseGcEpoch ${describeUnder(first as RuleSetAddress)} from ${args[1]}`;
    case 'deleteSlice':
      return `deleteSlice ${describeKey(first as RecordKey)} below ${args[1]}`;
    case 'erase':
      return `erase ${(first as readonly ErasableRecord[]).map(describeKey).join(', ')}`;
    case 'completeErasure':
      return `completeErasure ${describeKey(first as RecordKey)}`;
    case 'writeTogether':
      return `writeTogether ${(first as readonly Write[]).map(describeWrite).join('; ')}`;
  }
}

function describeWrite(write: Write): string {
  switch (write.call) {
    case 'putOnce':
      return describeCall(write.call, [write.records]);
    case 'putHints':
      return describeCall(write.call, [write.hints]);
    case 'updateStatus':
      return describeCall(write.call, [write.next]);
    default:
      return describeCall(write.call, [write]);
  }
}

/** Short enough to read, and different for every slice. */
function shortHash(hash: string): string {
  return hash.slice('sha256:'.length, 'sha256:'.length + 6);
}

function describeKey(key: RecordKey | OnceRecord | ErasableRecord): string {
  switch (key.kind) {
    case 'raw-data':
      return `raw ${key.entityKey} v${key.version}`;
    case 'status':
      return `status ${key.entityKey}`;
    case 'head':
      return `head ${key.entityKey} ${formatRef(key.ruleSet)}`;
    case 'manifest':
      return `manifest ${key.entityKey} ${formatRef(key.ruleSet)} v${key.version}.${key.revision}`;
    case 'change-set':
      return `changeset ${key.entityKey} ${formatRef(key.ruleSet)} ${key.fromVersion}..${key.toVersion}`;
    case 'slice':
      return `slice ${key.entityKey} ${formatRef(key.ruleSet)} ${key.sliceType} ${shortHash(key.sliceHash)}`;
    case 'collecting':
      return `collecting ${key.entityKey} ${shortHash(key.rawHash)}.${key.generation}`;
    case 'erasure':
      return `erasure ${key.number} of ${key.entityKey}`;
    case 'contract-snapshot':
      return `snapshot ${shortHash(key.contentHash)}`;
    case 'contract-binding':
      return `binding ${key.contractKind} ${formatRef(key.ref)}`;
    case 'index-state':
      return `index of ${formatRef(key.ruleSet)}`;
  }
}

function describeRange(query: RangeQuery): string {
  switch (query.range) {
    case 'versions':
      return `versions of ${query.entityKey}`;
    case 'manifests':
      return `manifests of ${query.entityKey} ${formatRef(query.ruleSet)} v${query.version ?? '*'}`;
    case 'slices':
    case 'heads':
    case 'change-sets':
      return `${query.range} of ${query.entityKey}`;
    case 'entities':
      return 'entities';
    case 'erasures':
      return `erasures of ${query.entityKey ?? '*'}`;
    case 'by-state':
      return `entities in ${query.state}`;
    case 'hints':
      return `hints of ${query.indexKey}/${query.shard}`;
  }
}

function describeUnder({ entityKey, ruleSet }: RuleSetAddress): string {
  return `${entityKey} ${formatRef(ruleSet)}`;
}

function describeHint({ indexKey, shard, entityKey, ruleSet, sliceType, version, revision }: HintRecord): string {
  return `${indexKey}/${shard} → ${entityKey} ${formatRef(ruleSet)} ${sliceType} v${version}.${revision}`;
}

function describeStatus({ entityKey, version, counter, owed }: StatusRecord): string {
  const marks = Object.entries(owed).map(([ref, { state }]) => `${ref} ${state}`);
  return `${entityKey} v${version} counter ${counter}, owed: ${marks.join(', ') || 'nothing'}`;
}

function describeIndexState({ ruleSet, state, counter, rebuildCursor }: IndexStateRecord): string {
  return `${formatRef(ruleSet)} ${state} counter ${counter}${rebuildCursor === null ? '' : `, rebuilt up to ${rebuildCursor}`}`;
}

function describeCommit({ manifest, head }: CommitChange): string {
  const { entityKey, ruleSet, version, revision } = manifest;
  const from = head.move === 'stay' ? 'below the head' : `after ${describeState(head.expected)}`;
  return `commit ${entityKey} ${formatRef(ruleSet)} v${version}.${revision} ${from}`;
}

function describeState(state: { readonly version: number; readonly revision: number } | null): string {
  return state === null ? 'nothing' : `v${state.version}.${state.revision}`;
}

/** What a call answered, as far as it tells a story. */
export function describeAnswer(method: StoreMethod, answer: unknown): string {
  if (typeof answer === 'string') return answer;
  if (method === 'putOnce') return (answer as readonly { outcome: string }[]).map(({ outcome }) => outcome).join(', ');
  if (method === 'commit') return (answer as { outcome: string }).outcome;
  if (method === 'range') return `${(answer as { items: readonly unknown[] }).items.length} found`;
  if (method === 'batchGet') return (answer as readonly unknown[]).map(describeRecord).join(', ');
  return 'done';
}

function describeRecord(record: unknown): string {
  if (typeof record !== 'object' || record === null) return 'none';
  // Of every kind of record, what it may have of these.
  const { version, revision, counter } = record as Record<string, unknown>;
  const parts = [
    ...(version === undefined ? [] : [`v${version}${revision === undefined ? '' : `.${revision}`}`]),
    ...(counter === undefined ? [] : [`counter ${counter}`]),
  ];
  return parts.join(' ') || 'there';
}
