import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import type { TenantId } from '../../domain/identity.ts';
import type { HeadRecord, ManifestRecord, Pin, StatusRecord } from '../../domain/records.ts';
import { type JoinedSource, type JoinKey, resolveJoin } from '../../domain/slice/light-join.ts';
import { commitSlicing } from './commit-slicing.ts';
import { computeRevision, resolveSources } from './compute-revision.ts';
import type { ComputedSlicing } from './compute-slices.ts';
import type { RuntimeContext } from './context.ts';
import type { ProjectionHistory } from './projection-history.ts';
import { gcEpochOf, type RevisingTask } from './slicing-task.ts';

/** A revision that was committed, and what it was made by. */
export interface Revised {
  readonly task: RevisingTask;
  readonly computed: ComputedSlicing;
  /** As the commit has left it. */
  readonly status: StatusRecord;
}

/**
 * Whether a committed version still stands for what its sources are; where it does not, its next revision is committed
 * (design §5, rules 2 and 3). Sources that moved since are found by whoever moved them: this commit is theirs to see.
 *
 * @param committed its newest revision, at the head
 * @returns `lost`: the head moved meanwhile
 * @throws what the revision is refused for, e.g. `join.source_missing`
 */
export async function followSources(
  context: RuntimeContext,
  task: RevisingTask,
  committed: ManifestRecord,
  history: ProjectionHistory,
): Promise<Revised | 'current' | 'lost'> {
  const resolved = await resolveSources(context, task, committed.pins);
  const isCurrent = await Promise.all(
    resolved.keys.map((key, index) =>
      isPinCurrent(history, task.request.tenantId, key, committed.pins[key.join.name], resolved.sources[index]),
    ),
  );
  if (isCurrent.every(Boolean)) return 'current';
  const revising = revisionOf(task, committed);
  const computed = await computeRevision(context, revising, committed, resolved);
  const { outcome, status } = await commitSlicing(context, revising, computed);
  return outcome === 'lost' ? 'lost' : { task: revising, computed, status };
}

/** One test for planners and for the re-check, so that whatever one of them leaves to the other is found. */
export async function isPinCurrent(
  history: ProjectionHistory,
  tenantId: TenantId,
  key: JoinKey,
  pin: Pin | undefined,
  now: JoinedSource | undefined,
): Promise<boolean> {
  const { join, entityKey } = key;
  if (pin === undefined || now === undefined || pin.entityKey !== entityKey) return false;
  if (entityKey === null) return true;
  if (join.versionRule.rule === 'LATEST') return history.isUnmoved({ tenantId, entityKey, join }, pin, now);
  return canonicalText(pin) === canonicalText(resolveJoin(key, now).pin);
}

function revisionOf(task: RevisingTask, committed: ManifestRecord): RevisingTask {
  return {
    ...task,
    head: headAt(committed, gcEpochOf(task)),
    committed: undefined,
    revision: committed.revision + 1,
    base: { manifest: committed, changeSet: null },
    newChangeSet: null,
  };
}

/** The head as a commit has left it. */
export function headAt(manifest: ManifestRecord, gcEpoch: number): HeadRecord {
  const { tenantId, entityKey, ruleSet, version, revision } = manifest;
  return { kind: 'head', tenantId, entityKey, ruleSet, version, revision, gcEpoch, manifest };
}
