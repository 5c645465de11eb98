/**
 * The slow, exact reader of JSON text: it builds nothing, it finds the first thing that strict JSON (RFC 8259, and
 * I-JSON's ban of duplicate members) does not allow, and says where. `parseJson` calls it only when the fast way could
 * not vouch for a text.
 */
import { type SlicewiseError, validationError } from '../errors.ts';
import { quoteText } from '../shown-value.ts';
import { appendToken } from './json-pointer.ts';
import { MAX_DEPTH } from './locate-refusal.ts';

/** The error for the first problem of a text, in reading order; `undefined` if there is none. */
export function scanJson(text: string): SlicewiseError | undefined {
  const scanner = new Scanner(text);
  try {
    scanner.scanText();
    return undefined;
  } catch (error) {
    if (error instanceof Found) return error.problem;
    throw error;
  }
}

/** Carries a problem out of the recursion; never leaves this file. */
class Found {
  readonly problem: SlicewiseError;

  constructor(problem: SlicewiseError) {
    this.problem = problem;
  }
}

const SPACES = new Set([' ', '\t', '\n', '\r']);
const SIMPLE_ESCAPES = new Set(['"', '\\', '/', 'b', 'f', 'n', 'r', 't']);
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const NUMBER_CONTINUES = /[0-9.eE+-]/;
const FOUR_HEX_DIGITS = /[0-9a-fA-F]{4}/y;
const SHOWN_NAME_UNITS = 100;

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scanText(): void {
    if (this.#text.startsWith('\ufeff')) {
      this.#fail('json.byte_order_mark', '', 0, {
        expected: 'JSON text from the first character on',
        found: 'a byte order mark',
        advice: 'save the text without one',
      });
    }
    this.#scanValue('', 0);
    this.#skipSpaces();
    if (this.#at < this.#text.length) this.#failSyntax('', 'the end of the text', 'hand over one JSON value at a time');
  }

  #scanValue(pointer: string, depth: number): void {
    this.#skipSpaces();
    const character = this.#text[this.#at];
    if (character === '{' || character === '[') {
      if (depth === MAX_DEPTH) {
        this.#fail('json.too_deep', pointer, this.#at, {
          expected: `at most ${MAX_DEPTH} levels of objects and arrays`,
          found: 'one more',
          advice: 'flatten the document',
        });
      }
      if (character === '{') this.#scanObject(pointer, depth + 1);
      else this.#scanArray(pointer, depth + 1);
    } else if (character === '"') this.#scanString(pointer);
    else if (character === '-' || (character !== undefined && character >= '0' && character <= '9')) {
      this.#scanNumber(pointer);
    } else this.#scanLiteral(pointer);
  }

  #scanObject(pointer: string, depth: number): void {
    const seen = new Set<string>();
    this.#at += 1;
    this.#skipSpaces();
    if (this.#take('}')) return;
    for (;;) {
      this.#skipSpaces();
      const start = this.#at;
      if (this.#text[start] !== '"') this.#failSyntax(pointer, 'a member name in double quotes', 'write "name": value');
      this.#scanString(pointer);
      const quoted = this.#text.slice(start, this.#at);
      // A quoted string that was just scanned is one for JSON.parse.
      const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
      const place = appendToken(pointer, name);
      if (seen.has(name)) this.#failDuplicate(place, start, name);
      seen.add(name);
      this.#skipSpaces();
      if (!this.#take(':')) this.#failSyntax(place, '":"', 'write "name": value');
      this.#scanValue(place, depth);
      this.#skipSpaces();
      if (this.#take('}')) return;
      if (!this.#take(',')) this.#failSyntax(pointer, '"," or "}"', 'check the member before');
    }
  }

  #scanArray(pointer: string, depth: number): void {
    this.#at += 1;
    this.#skipSpaces();
    if (this.#take(']')) return;
    for (let index = 0; ; index += 1) {
      this.#scanValue(appendToken(pointer, index), depth);
      this.#skipSpaces();
      if (this.#take(']')) return;
      if (!this.#take(',')) this.#failSyntax(pointer, '"," or "]"', 'check the item before');
    }
  }

  /** Lone surrogates pass: the canonical writer refuses them, with the same pointer. */
  #scanString(pointer: string): void {
    this.#at += 1;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.#failSyntax(pointer, 'a closing double quote', 'complete the text');
      if (character < ' ') {
        this.#failSyntax(pointer, 'no control character inside a string', 'escape it, as in \\n or \\u0001');
      }
      this.#at += 1;
      if (character === '"') return;
      if (character === '\\') this.#scanEscape(pointer);
    }
  }

  #scanEscape(pointer: string): void {
    const character = this.#text[this.#at];
    if (character === 'u') {
      FOUR_HEX_DIGITS.lastIndex = this.#at + 1;
      if (!FOUR_HEX_DIGITS.test(this.#text)) {
        this.#failSyntax(pointer, 'four hex digits behind \\u', 'write the escape as in \\u00e9');
      }
      this.#at += 5;
    } else if (character !== undefined && SIMPLE_ESCAPES.has(character)) this.#at += 1;
    else this.#failSyntax(pointer, 'one of "\\/bfnrtu behind a backslash', 'write \\\\ for a backslash');
  }

  #scanNumber(pointer: string): void {
    const start = this.#at;
    NUMBER.lastIndex = start;
    const number = NUMBER.exec(this.#text)?.[0] ?? '';
    this.#at += number.length;
    if (number === '' || NUMBER_CONTINUES.test(this.#text[this.#at] ?? '')) {
      this.#failSyntax(
        pointer,
        'a number in JSON form',
        'no leading zero or plus, and digits on both sides of the point',
      );
    }
    if (Number.isFinite(Number(number))) return;
    this.#fail('json.number_overflow', pointer, start, {
      expected: 'a number that a double can hold (up to about 1.8e308)',
      found: quoteText(number, SHOWN_NAME_UNITS),
      advice: 'send it as a string',
    });
  }

  #scanLiteral(pointer: string): void {
    const literal = ['true', 'false', 'null'].find((word) => this.#text.startsWith(word, this.#at));
    if (literal === undefined) this.#failSyntax(pointer, 'a JSON value', 'quote strings, and leave no comma behind');
    this.#at += literal.length;
  }

  #skipSpaces(): void {
    while (SPACES.has(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #failSyntax(pointer: string, expected: string, advice: string): never {
    const character = this.#text[this.#at];
    const found = character === undefined ? 'the end of the text' : JSON.stringify(character);
    return this.#fail('json.syntax', pointer, this.#at, { expected, found, advice });
  }

  #failDuplicate(pointer: string, offset: number, name: string): never {
    return this.#fail('json.duplicate_member', pointer, offset, {
      expected: 'every member name once',
      found: `${quoteText(name, SHOWN_NAME_UNITS)} again`,
      advice: 'remove or rename one of them',
    });
  }

  #fail(code: string, pointer: string, offset: number, problem: Problem): never {
    const before = this.#text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    throw new Found(
      validationError(
        code,
        `In line ${line}, column ${column}, at ${quoteText(pointer, SHOWN_NAME_UNITS)}: expected ${problem.expected}, ` +
          `found ${problem.found}; ${problem.advice}.`,
        { pointer, line, column, offset },
      ),
    );
  }
}

interface Problem {
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}
