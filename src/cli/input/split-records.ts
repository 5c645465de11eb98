import { type SlicewiseError, validationError } from '../../domain/errors.ts';

/**
 * Cuts a byte stream into records without parsing them: lines (NDJSON), or the elements of one JSON array. Works on
 * bytes, so that no chunk border can cut a character, and holds at most one record, so that memory stays flat.
 */

export type SplitRecord =
  /** One record's bytes without surrounding white space; `line` is where it begins, from 1. */
  | { readonly kind: 'record'; readonly line: number; readonly bytes: Uint8Array }
  /** Longer than allowed: counted, never held. */
  | { readonly kind: 'oversized'; readonly line: number; readonly recordBytes: number };

export interface SplitOptions {
  /** For messages: the file's name. */
  readonly source: string;
  readonly recordBytesMax: number;
}

export interface RecordSplitter {
  /**
   * The records that this chunk completes. Those in front of a place that is refused still come; the next call throws.
   *
   * @throws `input.byte_order_mark`, `input.malformed`
   */
  push(chunk: Uint8Array): readonly SplitRecord[];
  /** The last record, where no line end follows it. @throws `input.malformed` where an array is not closed */
  end(): readonly SplitRecord[];
  /** The line that was reached, from 1. */
  readonly line: number;
}

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

type Phase =
  /** Nothing but white space so far. */
  | 'start'
  | 'lines'
  /** Behind `[`: an element or `]`. */
  | 'array-first'
  /** Behind `,`: an element. */
  | 'array-next'
  | 'array-element'
  | 'array-closed';

export function createRecordSplitter(options: SplitOptions): RecordSplitter {
  return new ByteSplitter(options);
}

class ByteSplitter implements RecordSplitter {
  line = 1;
  readonly #options: SplitOptions;
  #phase: Phase = 'start';
  #isFirstByte = true;
  #parts: Uint8Array[] = [];
  /** Bytes of the record so far; those beyond the limit are counted but not in `#parts`. */
  #recordBytes = 0;
  #recordLine = 1;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** What was met behind records that were still to be given; thrown by the next call. */
  #failure: unknown = null;

  constructor(options: SplitOptions) {
    this.#options = options;
  }

  push(chunk: Uint8Array): readonly SplitRecord[] {
    if (this.#failure !== null) throw this.#failure;
    const records: SplitRecord[] = [];
    try {
      this.#split(chunk, records);
    } catch (error) {
      // The records in front of the place are whole, so they come first.
      if (records.length === 0) throw error;
      this.#failure = error;
    }
    return records;
  }

  end(): readonly SplitRecord[] {
    if (this.#failure !== null) throw this.#failure;
    const records: SplitRecord[] = [];
    if (this.#phase === 'lines') this.#finishRecord(records);
    else if (this.#phase !== 'start' && this.#phase !== 'array-closed') {
      throw this.#malformed('"]" at the end of the array', 'the end of the input', 'Get the whole file');
    }
    return records;
  }

  #split(chunk: Uint8Array, records: SplitRecord[]): void {
    let offset = 0;
    if (this.#phase === 'start') offset = this.#findStart(chunk);
    if (this.#phase === 'lines') this.#pushLines(chunk, offset, records);
    else if (this.#phase !== 'start') this.#pushElements(chunk, offset, records);
  }

  /** Where the records begin in the chunk; sets the phase once the first byte that counts was seen. */
  #findStart(chunk: Uint8Array): number {
    for (let offset = 0; offset < chunk.length; offset += 1) {
      const byte = chunk[offset];
      // Of a byte order mark (UTF-8, UTF-16) the first byte is enough: no JSON text begins with it.
      if (this.#isFirstByte && (byte === 0xef || byte === 0xfe || byte === 0xff)) throw this.#byteOrderMark();
      this.#isFirstByte = false;
      if (byte === LINE_FEED) this.line += 1;
      else if (byte === OPEN_BRACKET) {
        this.#phase = 'array-first';
        return offset + 1;
      } else if (!isBlank(byte)) {
        this.#phase = 'lines';
        this.#recordLine = this.line;
        return offset;
      }
    }
    return chunk.length;
  }

  #pushLines(chunk: Uint8Array, from: number, records: SplitRecord[]): void {
    let start = from;
    for (;;) {
      const end = chunk.indexOf(LINE_FEED, start);
      if (end < 0) {
        this.#append(chunk, start, chunk.length);
        return;
      }
      this.#append(chunk, start, end);
      this.#finishRecord(records);
      this.line += 1;
      this.#recordLine = this.line;
      start = end + 1;
    }
  }

  #pushElements(chunk: Uint8Array, from: number, records: SplitRecord[]): void {
    let start = from;
    for (let offset = from; offset < chunk.length; offset += 1) {
      const byte = chunk[offset];
      if (byte === LINE_FEED) this.line += 1;
      if (this.#phase === 'array-element') {
        if (this.#isInside(byte)) continue;
        this.#append(chunk, start, offset);
        this.#finishRecord(records);
        this.#phase = byte === COMMA ? 'array-next' : 'array-closed';
      } else if (!isBlank(byte)) {
        start = offset;
        this.#beginElement(byte);
      }
    }
    if (this.#phase === 'array-element') this.#append(chunk, start, chunk.length);
  }

  /** What a byte outside the elements means. */
  #beginElement(byte: number | undefined): void {
    if (this.#phase === 'array-closed') {
      throw this.#malformed('nothing behind the array', 'more text', 'Remove it, or write one record a line');
    }
    if (byte === CLOSE_BRACKET && this.#phase === 'array-first') {
      this.#phase = 'array-closed';
      return;
    }
    if (byte === COMMA || byte === CLOSE_BRACKET) {
      throw this.#malformed('a record', byte === COMMA ? 'a comma' : '"]" behind a comma', 'Remove the comma too many');
    }
    this.#phase = 'array-element';
    this.#recordLine = this.line;
    this.#isInside(byte);
  }

  /** Whether the byte still belongs to the element; keeps count of strings and brackets. */
  #isInside(byte: number | undefined): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInString = false;
    } else if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth += 1;
    else if (this.#depth === 0) return byte !== COMMA && byte !== CLOSE_BRACKET;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) this.#depth -= 1;
    return true;
  }

  #append(chunk: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.#recordBytes += end - start;
    if (this.#recordBytes > this.#options.recordBytesMax) this.#parts = [];
    else this.#parts.push(chunk.subarray(start, end));
  }

  #finishRecord(records: SplitRecord[]): void {
    if (this.#recordBytes > this.#options.recordBytesMax) {
      records.push({ kind: 'oversized', line: this.#recordLine, recordBytes: this.#recordBytes });
    } else {
      const bytes = trimBlanks(joinParts(this.#parts));
      if (bytes.length > 0) records.push({ kind: 'record', line: this.#recordLine, bytes });
    }
    this.#parts = [];
    this.#recordBytes = 0;
  }

  #malformed(expected: string, found: string, advice: string): SlicewiseError {
    const { source } = this.#options;
    return validationError(
      'input.malformed',
      `${source}:${this.line}: expected ${expected}, found ${found}. ${advice}; what came before it was read.`,
      { source, line: this.line },
    );
  }

  #byteOrderMark(): SlicewiseError {
    const { source } = this.#options;
    return validationError(
      'input.byte_order_mark',
      `${source}:1: expected UTF-8 JSON text, found a byte order mark or another byte that cannot begin JSON. ` +
        'Save the file as UTF-8 without a byte order mark.',
      { source, line: 1 },
    );
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
}

function joinParts(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return parts.length === 1 && first ? first : Buffer.concat(parts);
}

function trimBlanks(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  return bytes.subarray(start, end);
}
