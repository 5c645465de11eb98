import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecordSplitter, type SplitRecord } from '../../../src/cli/input/split-records.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Piece {
  readonly line: number;
  readonly text: string;
}

/** Cuts bytes at the given sizes, over and over. */
function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    chunks.push(bytes.subarray(start, start + size));
    start += size;
  }
  return chunks;
}

function split(text: string | Uint8Array, sizes: readonly number[] = [7], recordBytesMax = 1_000): SplitRecord[] {
  const bytes = typeof text === 'string' ? encoder.encode(text) : text;
  const splitter = createRecordSplitter({ source: 'file.json', recordBytesMax });
  return [...cut(bytes, sizes).flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

function read(text: string, sizes?: readonly number[]): Piece[] {
  return split(text, sizes, 1_000_000).map((record) =>
    record.kind === 'record'
      ? { line: record.line, text: decoder.decode(record.bytes) }
      : { line: record.line, text: `${record.recordBytes} bytes` },
  );
}

/** NDJSON as a reader would do it by hand. */
function naiveLines(text: string): Piece[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.replace(/^[ \t\r]+|[ \t\r]+$/g, '') }))
    .filter((piece) => piece.text !== '');
}

const chunkSizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const lineText = fc
  .array(fc.constantFrom('{', '}', '"', '\\', ',', ' ', '\t', '\r', 'a', 'é', '한', '😀', '[', ']'), { maxLength: 20 })
  .map((characters) => characters.join(''));
const blank = fc.array(fc.constantFrom(' ', '\n', '\t', '\r\n'), { maxLength: 3 }).map((parts) => parts.join(''));

describe('splitting lines', () => {
  it('gives what a reader of the whole text would give, however the bytes come in', () => {
    fc.assert(
      fc.property(fc.array(lineText), chunkSizes, (lines, sizes) => {
        // Were the first character a bracket, the text would be an array.
        const text = `1\n${lines.join('\n')}`;
        expect(read(text, sizes)).toEqual(naiveLines(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['no line end behind the last record', '{"a":1}\n{"b":2}', [1, 2]],
    ['carriage returns', '{"a":1}\r\n{"b":2}\r\n', [1, 2]],
    ['blank lines, which count', '\n\n{"a":1}\n \t\n{"b":2}\n', [3, 5]],
    ['nothing at all', '', []],
    ['nothing but blanks', ' \n\t\n', []],
  ])('takes %s', (_, text, lines) => {
    expect(read(text).map((piece) => piece.line)).toEqual(lines);
  });

  it('counts a line that is too long instead of holding it, and reads on', () => {
    const text = `{"a":1}\n${'x'.repeat(5_000)}\n{"b":2}\n`;
    expect(split(text, [64], 100).map((record) => (record.kind === 'record' ? record.line : record))).toEqual([
      1,
      { kind: 'oversized', line: 2, recordBytes: 5_000 },
      3,
    ]);
  });

  it('takes a line of just the longest length', () => {
    const kinds = (length: number) => split(`{}\n${'x'.repeat(length)}`, [30], 100).map((record) => record.kind);
    expect(kinds(100)).toEqual(['record', 'record']);
    expect(kinds(101)).toEqual(['record', 'oversized']);
  });
});

describe('splitting an array', () => {
  it('gives the elements that a parser gives, and the lines on which they begin, however the bytes come in', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.jsonValue(), blank, blank, fc.boolean())), chunkSizes, (items, sizes) => {
        let line = 1;
        let text = '[';
        const expected: { readonly line: number; readonly value: unknown }[] = [];
        items.forEach(([value, before, after, isPretty], index) => {
          const written = JSON.stringify(value, null, isPretty ? 2 : 0);
          expected.push({ line: line + countLines(before), value: JSON.parse(written) });
          const piece = `${before}${written}${after}${index < items.length - 1 ? ',' : ''}`;
          line += countLines(piece);
          text += piece;
        });
        const pieces = read(`${text}]\n`, sizes).map((piece) => ({ line: piece.line, value: JSON.parse(piece.text) }));
        expect(pieces).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['[]', ' [ ] \n', '\n[\n]'])('finds nothing in %j', (text) => {
    expect(read(text)).toEqual([]);
  });

  it.each([
    ['a trailing comma', '[{"a":1},\n]', 'file.json:2: expected a record, found "]" behind a comma'],
    ['two commas', '[{"a":1},,{"a":2}]', 'file.json:1: expected a record, found a comma'],
    ['a leading comma', '[\n,{"a":1}]', 'file.json:2: expected a record, found a comma'],
    ['text behind it', '[{"a":1}]\n\n{"a":2}', 'file.json:3: expected nothing behind the array'],
    ['no end', '[{"a":1}\n', 'file.json:2: expected "]" at the end of the array'],
    ['an end inside a record', '[{"a":', 'file.json:1: expected "]" at the end of the array'],
    ['an end inside a string', '[{"a":"]', 'file.json:1: expected "]" at the end of the array'],
  ])('refuses %s and names the line', (_, text, message) => {
    expect(() => split(text)).toThrow(message);
  });

  it('gives the records in front of the place that it refuses', () => {
    const splitter = createRecordSplitter({ source: 'file.json', recordBytesMax: 100 });
    expect(splitter.push(encoder.encode('[{"a":1},{"a":2},\n]')).length).toBe(2);
    expect(() => splitter.push(encoder.encode('\n'))).toThrow('file.json:2: expected a record');
    expect(() => splitter.end()).toThrow('file.json:2: expected a record');
  });

  it('is not led astray by brackets, commas and quotes inside strings', () => {
    expect(read('[{"a":"],[{\\"}"},"\\\\",2]').map((piece) => piece.text)).toEqual(['{"a":"],[{\\"}"}', '"\\\\"', '2']);
  });

  it('counts an element that is too long instead of holding it, and reads on', () => {
    const long = JSON.stringify({ text: '],"'.repeat(1_000) });
    expect(
      split(`[1,${long},\n2]`, [64], 100).map((record) => (record.kind === 'record' ? record.line : record)),
    ).toEqual([1, { kind: 'oversized', line: 1, recordBytes: long.length }, 2]);
  });
});

describe('splitting what is neither', () => {
  it.each([
    ['UTF-8', [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
    ['UTF-16, big end first', [0xfe, 0xff, 0x00, 0x7b]],
    ['UTF-16, little end first', [0xff, 0xfe, 0x7b, 0x00]],
  ])('refuses the byte order mark of %s', (_, bytes) => {
    expect(() => split(Uint8Array.from(bytes))).toThrow(
      'file.json:1: expected UTF-8 JSON text, found a byte order mark',
    );
  });

  it('either splits or refuses random bytes, the same however they come in', () => {
    const outcomeOf = (bytes: Uint8Array, sizes: readonly number[]) => {
      try {
        return split(bytes, sizes, 50).map((record) => ({
          ...record,
          ...('bytes' in record && { bytes: [...record.bytes] }),
        }));
      } catch (error) {
        return String(error);
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), chunkSizes, (bytes, isArray, sizes) => {
        const text = isArray ? Buffer.concat([Buffer.from('['), bytes]) : bytes;
        expect(outcomeOf(text, sizes)).toEqual(outcomeOf(text, [text.length + 1]));
      }),
      { numRuns: 2_000 },
    );
  });
});

function countLines(text: string): number {
  return text.split('\n').length - 1;
}
