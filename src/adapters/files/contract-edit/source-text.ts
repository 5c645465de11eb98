/** Places in a text, and changes to it. */

/** Text that takes the place of what is between two offsets. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** @param splices none of which overlaps another */
export function applySplices(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((left, right) => right.start - left.start)
    .reduce((before, { start, end, text: inserted }) => before.slice(0, start) + inserted + before.slice(end), text);
}

/** How the text's lines end. */
export function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** Before the line break of the line that holds the character in front of an offset. */
export function lineEndAt(text: string, offset: number): number {
  const from = text[offset - 1] === '\n' ? offset - 1 : offset;
  const at = text.indexOf('\n', from);
  if (at === -1) return text.length;
  return text[at - 1] === '\r' ? at - 1 : at;
}

/** What stands in front of an offset on its line. */
export function linePrefixAt(text: string, offset: number): string {
  return text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
}

/** The white space that the line of an offset begins with. */
export function indentationAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(linePrefixAt(text, offset))?.[0] ?? '';
}

/** As many spaces as there are characters in front of an offset on its line: where a block in YAML goes on. */
export function columnAt(text: string, offset: number): string {
  return ' '.repeat(linePrefixAt(text, offset).length);
}
