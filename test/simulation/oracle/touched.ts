import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { EntityKey } from '../../../src/domain/identity.ts';
import type { ChangeSetRecord, StatusRecord } from '../../../src/domain/records.ts';
import type { CommitChange, InsertChange, KeyOf, OnceRecord, Write } from '../../../src/ports/store.ts';
import type { StoreMethod } from '../../support/wrap-store.ts';

/** What a store call may have changed. */
export type Touched =
  | { readonly what: 'raw data' | 'status'; readonly entityKey: EntityKey }
  | { readonly what: 'commit' | 'slices'; readonly entityKey: EntityKey; readonly ref: string }
  | { readonly what: 'slice'; readonly key: KeyOf<'slice'> }
  | { readonly what: 'change set'; readonly record: ChangeSetRecord };

/** In the order in which it is to be looked at: a status tells of what is in and committed. */
const ORDER: readonly Touched['what'][] = ['raw data', 'change set', 'slice', 'slices', 'commit', 'status'];

export function writesOf(method: StoreMethod, args: readonly unknown[]): readonly Touched[] {
  const touched = touchedBy(method, args);
  return ORDER.flatMap((what) => touched.filter((candidate) => candidate.what === what));
}

function touchedBy(method: StoreMethod, [first]: readonly unknown[]): readonly Touched[] {
  // The first argument follows from the method.
  switch (method) {
    case 'insert':
      return ofInsert(first as InsertChange);
    case 'updateStatus':
      return [{ what: 'status', entityKey: (first as StatusRecord).entityKey }];
    case 'commit':
      return ofCommit(first as CommitChange);
    case 'putOnce':
      return ofPut(first as readonly OnceRecord[]);
    case 'deleteSlice':
      return ofSlice(first as KeyOf<'slice'>);
    case 'writeTogether':
      return (first as readonly Write[]).flatMap(ofWrite);
    default:
      return [];
  }
}

function ofSlice(key: KeyOf<'slice'>): readonly Touched[] {
  const { entityKey, ruleSet } = key;
  return [
    { what: 'slice', key },
    { what: 'slices', entityKey, ref: formatRef(ruleSet) },
  ];
}

function ofWrite(write: Write): readonly Touched[] {
  switch (write.call) {
    case 'insert':
      return ofInsert(write);
    case 'putOnce':
      return ofPut(write.records);
    case 'commit':
      return ofCommit(write);
    case 'updateStatus':
      return [{ what: 'status', entityKey: write.next.entityKey }];
    default:
      return [];
  }
}

function ofInsert({ rawData: { entityKey } }: InsertChange): readonly Touched[] {
  return [
    { what: 'raw data', entityKey },
    { what: 'status', entityKey },
  ];
}

/** What is owed depends on the head: the status is looked at again. */
function ofCommit({ manifest, head }: CommitChange): readonly Touched[] {
  const { entityKey, ruleSet } = head.move === 'advance' ? head.next : manifest;
  return [
    { what: 'commit', entityKey, ref: formatRef(ruleSet) },
    { what: 'status', entityKey },
  ];
}

function ofPut(records: readonly OnceRecord[]): readonly Touched[] {
  return records.flatMap((record): readonly Touched[] => {
    if (record.kind === 'slice') return [{ what: 'slice', key: record }];
    return record.kind === 'change-set' ? [{ what: 'change set', record }] : [];
  });
}
