import { stripVTControlCharacters } from 'node:util';

/** How a terminal shows text: in columns, and without letting data steer it. */

const INVISIBLE = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
// East Asian Wide and Fullwidth (Unicode Annex 11), and emoji that are pictures by default.
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
// Control characters, line and paragraph separators, and the marks that turn the direction of text.
const STEERING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Columns on a terminal; styling counts nothing. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    if (!INVISIBLE.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** Data made safe to show: what could steer a terminal or fake a line becomes a visible escape. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .replace(STEERING, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
