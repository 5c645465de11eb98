/**
 * The canonical order of an object's members (RFC 8785 §3.2.3: by UTF-16 units) with their names already written,
 * remembered for objects that have the same names in the same order, as records of one type mostly do.
 */
import { makeOutput } from './output.ts';
import { writeString } from './write-string.ts';

export interface MemberOrder {
  /** The names as the object lists them: what makes two objects alike. */
  readonly names: readonly string[];
  /** The same names in canonical order. */
  readonly sorted: readonly string[];
  /** For each sorted name its label, `{` or `,`, the quoted name and `:`, each from the start of a word (32 bit). */
  readonly labels: DataView;
  /** For each label, how many bytes it has. The next one starts with the next word. */
  readonly labelBytes: readonly number[];
}

// Memory is bounded whatever arrives: 512 slots of at most 4 KiB of labels, and a newcomer takes its slot over.
const SLOT_COUNT = 512;
const MAX_REMEMBERED_NAMES = 128;
const MAX_REMEMBERED_BYTES = 4096;
const slots: (MemberOrder | undefined)[] = new Array<MemberOrder | undefined>(SLOT_COUNT).fill(undefined);

/**
 * The order of these names, which must be unique.
 *
 * @returns `undefined` if a name holds a lone surrogate.
 */
export function memberOrderOf(names: readonly string[]): MemberOrder | undefined {
  const slot = slotOf(names);
  const remembered = slots[slot];
  if (remembered !== undefined && areSame(remembered.names, names)) return remembered;
  const order = buildOrder(names);
  if (order !== undefined && names.length <= MAX_REMEMBERED_NAMES && order.labels.byteLength <= MAX_REMEMBERED_BYTES) {
    slots[slot] = order;
  }
  return order;
}

/** An object's own names; in canonical order where it is one that can be written, which is nearly that of sorted sets. */
export function memberNamesOf(object: object): readonly string[] {
  const names = Object.keys(object);
  return memberOrderOf(names)?.sorted ?? names;
}

function slotOf(names: readonly string[]): number {
  let mix = names.length;
  for (let index = 0; index < names.length; index += 1) {
    // The index is below the length.
    const name = names[index] as string;
    mix = (Math.imul(mix, 31) + name.length) ^ name.charCodeAt(name.length >> 1);
  }
  return mix & (SLOT_COUNT - 1);
}

/** A slot is only a hint: every name is compared before its order is trusted. */
function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (a[index] !== b[index]) return false;
  }
  return true;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
/** A UTF-16 unit takes at most 6 bytes (`\u001f`); quotes, colon, the byte in front and the rest of a word 7. */
const MOST_BYTES_PER_UNIT = 6;
const FRAME_BYTES = 7;

function buildOrder(names: readonly string[]): MemberOrder | undefined {
  // Without a comparator, sort() compares UTF-16 units, which is just the order that RFC 8785 asks for.
  const sorted = [...names].sort();
  let room = 0;
  for (const name of sorted) room += name.length * MOST_BYTES_PER_UNIT + FRAME_BYTES;
  const output = makeOutput(room);
  const labelBytes: number[] = [];
  let start = 0;
  for (const name of sorted) {
    output.bytes[start] = start === 0 ? OPEN_BRACE : COMMA;
    const colon = writeString(output, start + 1, name);
    if (colon < 0) return undefined;
    output.bytes[colon] = COLON;
    labelBytes.push(colon + 1 - start);
    start = nextWord(colon + 1);
  }
  return { names: [...names], sorted, labels: new DataView(output.bytes.slice(0, start).buffer), labelBytes };
}

export function nextWord(position: number): number {
  return (position + 3) & ~3;
}
