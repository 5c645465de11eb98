import { type MemberEnds, roomFor } from './output.ts';

/** An object's canonical bytes, and where in them its members lie: what is cut from them need not be written again. */
export interface CanonicalMembers {
  readonly bytes: Uint8Array;
  /** In canonical order. */
  readonly names: readonly string[];
  /** Where each member ends. It starts where the one before ends, with its `{` or `,`. */
  readonly ends: readonly number[];
}

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const EMPTY = Buffer.from('{}');

/** @param ends of the object that was written last, into these bytes */
export function membersOf(bytes: Uint8Array, { names, ends }: MemberEnds): CanonicalMembers {
  // An empty object has no first member, and leaves those of another.
  const count = bytes.length === EMPTY.length ? 0 : names.length;
  return { bytes, names: count === 0 ? [] : names, ends: ends.slice(0, count) };
}

/** A part of the bytes. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The canonical bytes of the object that holds just these members, those of them that are there.
 * @param wanted in canonical order
 */
export function cutMembers(members: CanonicalMembers, wanted: readonly string[]): Uint8Array {
  const spans = spansOf(members, wanted);
  if (spans.length === 0) return Uint8Array.from(EMPTY);
  const length = spans.reduce((bytes, { start, end }) => bytes + end - start, 1);
  const cut = roomFor(length);
  let at = 0;
  for (const span of spans) at = copySpan(members.bytes, span, cut, at);
  cut[0] = OPEN_BRACE;
  cut[length - 1] = CLOSE_BRACE;
  return cut;
}

function spansOf({ names, ends }: CanonicalMembers, wanted: readonly string[]): readonly Span[] {
  const spans: Span[] = [];
  let next = 0;
  let start = 0;
  for (const [index, name] of names.entries()) {
    // Both are in the order of UTF-16 units, which is that of `<`.
    while (next < wanted.length && (wanted[next] as string) < name) next += 1;
    // There is an end for each name.
    const end = ends[index] as number;
    if (wanted[next] === name) spans.push({ start, end });
    start = end;
  }
  return spans;
}

/** Below it a loop is faster than a view of the bytes, which `set` wants. */
const FEW_BYTES = 48;

function copySpan(bytes: Uint8Array, { start, end }: Span, to: Uint8Array, at: number): number {
  const length = end - start;
  if (length > FEW_BYTES) to.set(bytes.subarray(start, end), at);
  // Within the bytes.
  else for (let offset = 0; offset < length; offset += 1) to[at + offset] = bytes[start + offset] as number;
  return at + length;
}
