import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import type { DiffOp } from '../../../src/domain/changeset/diff.ts';
import { formatRef } from '../../../src/domain/contracts/contract-ref.ts';
import type { ChangeSetRecord } from '../../../src/domain/records.ts';
import { canonicalTextOf, sha256Of, sortAsBytes } from '../../laws/support/oracle-values.ts';
import { applyDiff } from '../../support/apply-diff.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';

/** A ChangeSet leads from one payload to the next, says so sorted, and stays. */
export function checkChangeSet(ledger: Ledger, record: ChangeSetRecord): void {
  const { entityKey, fromVersion, toVersion, ruleSet } = record;
  const name = `${entityKey} ${formatRef(ruleSet)} ${fromVersion}..${toVersion}`;
  const text = canonicalText({ ...record, ops: opsOf(record), createdAt: '' });
  const known = ledger.changeSet(name);
  if (known === text) return;
  if (known !== undefined) throw new Violation('L2 a ChangeSet never changes', name);
  checkSorted(record, name);
  checkLeads(ledger, record, name);
  ledger.rememberChangeSet(name, text);
}

/** Those of a large payload are not kept. */
function opsOf({ ops }: ChangeSetRecord): readonly DiffOp[] {
  return ops === null ? [] : JSON.parse(Buffer.from(ops).toString());
}

function checkSorted(record: ChangeSetRecord, name: string): void {
  const { changedPaths, changedKeys, impactedSlices } = record;
  for (const list of [changedPaths, changedKeys, impactedSlices, opsOf(record).map(({ path }) => path)]) {
    if (list.join('\n') === sortAsBytes(new Set(list)).join('\n')) continue;
    throw new Violation('L7 a list that stands for a set is sorted', `${name}: ${list.join(', ')}`);
  }
}

function checkLeads(ledger: Ledger, record: ChangeSetRecord, name: string): void {
  const { entityKey, fromVersion, toVersion, ruleSet, changesetHash } = record;
  if (record.ops === null) return;
  const ops = opsOf(record);
  const before = fromVersion === 0 ? null : (ledger.versionOf(entityKey, fromVersion)?.payload ?? null);
  const after = applyDiff(before, ops, null);
  const wanted = ledger.versionOf(entityKey, toVersion)?.payload ?? null;
  if (canonicalTextOf(after) !== canonicalTextOf(wanted))
    throw new Violation('L4 a ChangeSet leads to its version', name);
  const hash = sha256Of(canonicalText(ops), String(fromVersion), String(toVersion), ruleSet.id, ruleSet.version);
  if (hash !== changesetHash) throw new Violation('L2 a ChangeSet has the hash of its content', name);
}
