/** The records that one ingested document leaves in a store, at the sizes of the main benchmark. */
import {
  advanceTo,
  changeSetOf,
  hintOf,
  insertOf,
  manifestOf,
  sliceOf,
  statusOf,
} from '../../test/conformance/record-builders.ts';

const PAYLOAD_BYTES = 2_000;
const SLICE_BYTES = [600, 100, 200, 500, 300];

export type DocumentRows = ReturnType<typeof documentRows>;

export function documentRows(index: number) {
  // Keys in no order, as real ones are.
  const entity = `product#${((index * 2_654_435_761) % 4_294_967_296).toString(36).padStart(7, '0')}`;
  const content = `${index}.`.padEnd(PAYLOAD_BYTES, 'x');
  const manifest = manifestOf({ entity, content: `${index}` });
  const slices = SLICE_BYTES.map((bytes, type) =>
    sliceOf({ entity, type: `TYPE_${type}`, content: `${index}.`.padEnd(bytes, 'y') }),
  );
  const hints = [0, 1, 2, 3].map((value) =>
    hintOf({ entity, indexKey: `IDX#category#C${(index * 7 + value * 13) % 300}#product` }),
  );
  return {
    insert: insertOf({ entity, content }),
    once: [changeSetOf({ entity, content }), ...slices],
    hints,
    commit: advanceTo(manifest, null),
    active: statusOf({ entity, counter: 2, state: 'ACTIVE', owed: {} }),
  };
}
