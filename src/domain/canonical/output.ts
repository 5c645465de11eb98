/** Where the writers put bytes: one memory, seen in the three ways that make writing fast. */

export interface Output {
  readonly bytes: Uint8Array;
  /** The same memory, four bytes at a time at any position. */
  readonly words: DataView;
  /** The same memory, for the platform's own UTF-8 encoder. */
  readonly text: Buffer;
  readonly capacity: number;
  readonly memberEnds: MemberEnds;
}

/** Of the outermost object that was written last: its members in canonical order, and where each ends. */
export interface MemberEnds {
  names: readonly string[];
  readonly ends: number[];
}

export function makeOutput(capacity: number): Output {
  const memory = new ArrayBuffer(capacity);
  return {
    bytes: new Uint8Array(memory),
    words: new DataView(memory),
    text: Buffer.from(memory),
    capacity,
    memberEnds: { names: [], ends: [] },
  };
}

const SLAB_BYTES = 32 * 1024;
/** Larger results have memory of their own, so that a small one never keeps much alive. */
const MAX_SHARED_BYTES = SLAB_BYTES / 8;

let slab = new ArrayBuffer(SLAB_BYTES);
let slabUsedBytes = 0;

/**
 * A copy that belongs to the caller alone. Small ones are cut one behind the other from a shared slab, as Buffer does
 * too: an ArrayBuffer for each would cost more than writing it did. So `byteOffset` is rarely 0.
 */
export function copyOut(bytes: Uint8Array, length: number): Uint8Array {
  if (length > MAX_SHARED_BYTES) return bytes.slice(0, length);
  const copy = roomFor(length);
  copy.set(bytes.subarray(0, length));
  return copy;
}

/** Bytes to be written by the caller, and its own; what is in them before is undefined. */
export function roomFor(length: number): Uint8Array {
  if (length > MAX_SHARED_BYTES) return new Uint8Array(length);
  if (slabUsedBytes + length > SLAB_BYTES) {
    slab = new ArrayBuffer(SLAB_BYTES);
    slabUsedBytes = 0;
  }
  const room = new Uint8Array(slab, slabUsedBytes, length);
  slabUsedBytes += length;
  return room;
}
