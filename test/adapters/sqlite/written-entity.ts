/** What the writer process writes for one entity, and so what must be there afterwards. */
import {
  advanceTo,
  changeSetOf,
  headOf,
  hintOf,
  insertOf,
  manifestOf,
  sliceOf,
  statusOf,
} from '../../conformance/record-builders.ts';

export function writtenEntity(entity: string) {
  const manifest = manifestOf({ entity });
  const content = entity.repeat(50);
  return {
    insert: insertOf({ entity, content }),
    once: [changeSetOf({ entity, content }), sliceOf({ entity, content }), sliceOf({ entity, content: 'null' })],
    hint: hintOf({ entity, indexKey: `IDX#${entity}` }),
    commit: advanceTo(manifest, null),
    manifest,
    head: headOf(manifest),
    active: statusOf({ entity, counter: 2, state: 'ACTIVE', owed: {} }),
  };
}
