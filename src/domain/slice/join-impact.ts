import { parsePointer } from '../canonical/json-pointer.ts';
import { diffPayloads } from '../changeset/diff.ts';
import type { JoinRule } from '../contracts/compiled-contracts.ts';
import { changeMatches } from '../contracts/selector.ts';
import type { JoinedSource } from './light-join.ts';

/**
 * The slice types that one step of a join's source may concern (rfc-v4-001 §10-2). Every path that a join projects is
 * covered by its `joinImpact`, so what that does not name concerns nobody. Compared are consecutive states only: the
 * ends of a range hide what moved and came back.
 *
 * @param before `undefined`: nothing was there
 */
export function joinImpactOf(join: JoinRule, before: JoinedSource | undefined, after: JoinedSource): readonly string[] {
  const shape = join.source.kind === 'RAW' ? join.source.schema.shape : null;
  const changes = diffPayloads(payloadOf(before), payloadOf(after), shape).map(({ path }) => parsePointer(path));
  const entries = join.joinImpact.filter(({ selector }) => changes.some((tokens) => changeMatches(selector, tokens)));
  return entries.flatMap((entry) => entry.slices);
}

function payloadOf(source: JoinedSource | undefined) {
  return source?.state === 'present' ? source.payload : null;
}
