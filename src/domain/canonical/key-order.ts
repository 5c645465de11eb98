/**
 * The one order of every list that is stored, hashed or returned as a set: by UTF-8 bytes, which is code point order
 * (rfc-v4-002 §4, design law L7). JavaScript's own `<` compares UTF-16 units and differs outside the BMP: a surrogate
 * (U+D800–DFFF) sorts before U+E000–FFFF although its code point is higher.
 */

const FIRST_SURROGATE = 0xd800;
const FIRST_AFTER_SURROGATES = 0xe000;

/** Compares two strings by their UTF-8 bytes: negative, 0 or positive. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const shorter = Math.min(a.length, b.length);
  for (let index = 0; index < shorter; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return orderOfUnit(left) - orderOfUnit(right);
  }
  return a.length - b.length;
}

/** A new array of the same strings in UTF-8 byte order. */
export function sortUtf8<Text extends string>(strings: Iterable<Text>): Text[] {
  const list = [...strings];
  // Most lists arrive sorted, and to see that costs less than to sort them.
  return isSorted(list) ? list : list.sort(compareUtf8);
}

function isSorted(strings: readonly string[]): boolean {
  for (let index = 1; index < strings.length; index += 1) {
    // Both are within the list.
    if (compareUtf8(strings[index - 1] as string, strings[index] as string) > 0) return false;
  }
  return true;
}

/** A new array of the strings in UTF-8 byte order, each once. */
export function sortedUniqueUtf8<Text extends string>(strings: Iterable<Text>): Text[] {
  const sorted = sortUtf8(strings);
  return sorted.filter((text, index) => index === 0 || text !== sorted[index - 1]);
}

/** Moves the surrogates behind the rest of the BMP, where the code points that they encode belong. */
function orderOfUnit(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit >= FIRST_AFTER_SURROGATES ? unit - 0x0800 : unit + 0x2000;
}
