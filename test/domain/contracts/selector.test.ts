import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { parseSelector } from '../../../src/domain/contracts/parse-selector.ts';
import {
  changeMatches,
  formatSelector,
  isSamePattern,
  patternContains,
  selectField,
  selectNodes,
  selectOne,
} from '../../../src/domain/contracts/selector.ts';
import type { SelectorSegment } from '../../../src/domain/contracts/selector-model.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { jsonString } from '../../support/arbitraries/json-scalars.ts';

const name = (text: string): SelectorSegment => ({ kind: 'name', name: text });
const index = (at: number): SelectorSegment => ({ kind: 'index', index: at });
const any: SelectorSegment = { kind: 'wildcard' };

/** The parser refuses control characters in names where they are escaped as \\u00XX. */
const plainText = jsonString().filter((text) => !/[\u0000-\u001f]/.test(text));

describe('a selector is parsed', () => {
  it.each<[string, readonly SelectorSegment[]]>([
    ['brand_id', [name('brand_id')]],
    ['$.brand_id', [name('brand_id')]],
    ['$', []],
    ['category_ids[*]', [name('category_ids'), any]],
    ['[*].price', [any, name('price')]],
    ['promotion.label', [name('promotion'), name('label')]],
    ["$['odd name']", [name('odd name')]],
    ["['odd name']", [name('odd name')]],
    ['variants[*].price', [name('variants'), any, name('price')]],
    ['variants.*', [name('variants'), any]],
    ['a[0].b', [name('a'), index(0), name('b')]],
    ['$["\\u00e9"]', [name('é')]],
    ['日本', [name('日本')]],
    ['__proto__', [name('__proto__')]],
  ])('%s', (text, segments) => {
    expect(parseSelector(text)).toEqual({ text, segments, isSingular: !segments.includes(any) });
  });

  it.each([
    ['', 'selector.invalid'],
    ['$brand', 'selector.invalid'],
    ['a[', 'selector.invalid'],
    ['a b', 'selector.invalid'],
    ['a.', 'selector.invalid'],
    ['a[01]', 'selector.invalid'],
    [`a${'.b'.repeat(600)}`, 'selector.invalid'],
    [`$[?${'('.repeat(900)}`, 'selector.invalid'],
    ['$..a', 'selector.unsupported'],
    ['a[-1]', 'selector.unsupported'],
    ['a[0,1]', 'selector.unsupported'],
    ["$['a','b']", 'selector.unsupported'],
    ['a[0:2]', 'selector.unsupported'],
    ['a[?@.b == 1]', 'selector.unsupported'],
    ['$.a[?length(@.b) > 1]', 'selector.unsupported'],
  ])('but not %s: %s', (text, code) => {
    expect(() => parseSelector(text)).toThrow(expect.objectContaining({ code, category: 'ContractError' }));
  });

  it('or refused in our own words, whatever the text', () => {
    const piece = fc.constantFrom(
      '$',
      '.',
      '..',
      '[',
      ']',
      '*',
      "'",
      '"',
      '\\',
      '?',
      '@',
      ',',
      ':',
      '(',
      ')',
      '-1',
      '0',
      'a',
      ' ',
      '~',
      '#',
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
      jsonString(),
    );
    fc.assert(
      fc.property(text, (random) => {
        try {
          parseSelector(random);
        } catch (error) {
          expect(isSlicewiseError(error)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('again from what formatSelector writes', () => {
    const segment = fc.oneof(plainText.map(name), fc.nat(99).map(index), fc.constant(any));
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        expect(parseSelector(formatSelector(segments)).segments).toEqual(segments);
      }),
    );
  });
});

describe('a selector selects', () => {
  const payload: JsonValue = {
    title: 'Lamp',
    note: null,
    tags: ['b', 'a'],
    nested: [[1], [2, 3]],
    variants: [{ price: 1 }, {}, { price: null }],
    '\u{1F600}': 'grin',
    map: { '\uFB01': 'ligature', '\u{1F600}': 'grin', b: 1, 10: 'ten', 9: 'nine' },
    empty: [],
    0: 'zero',
  };

  it.each<[string, readonly JsonValue[]]>([
    ['title', ['Lamp']],
    ['note', [null]],
    ['missing', []],
    ['title.length', []],
    ['tags', [['b', 'a']]],
    ['tags[*]', ['b', 'a']],
    ['tags[1]', ['a']],
    ['tags[2]', []],
    ["tags['1']", []],
    ['[0]', []],
    ["['0']", ['zero']],
    ['nested[*]', [[1], [2, 3]]],
    ['nested[*][*]', [1, 2, 3]],
    ['variants[*].price', [1, null]],
    ['toString', []],
    ['__proto__', []],
    ['constructor.name', []],
  ])('%s', (text, nodes) => {
    const selector = parseSelector(text);
    expect(selectNodes(selector, payload)).toEqual(nodes);
    expect(selectOne(selector, payload)).toEqual(nodes[0]);
  });

  it('members of objects under [*] in the order of RFC 8785: by UTF-16 units', () => {
    expect(selectNodes(parseSelector('map[*]'), payload)).toEqual(['ten', 'nine', 1, 'grin', 'ligature']);
  });

  it('a member named __proto__ where the object has one of its own', () => {
    expect(selectNodes(parseSelector('__proto__.a'), JSON.parse('{"__proto__":{"a":1}}'))).toEqual([1]);
  });

  it.each<[string, JsonValue | undefined]>([
    ['title', 'Lamp'],
    ['note', null],
    ['missing', undefined],
    ['tags[*]', ['b', 'a']],
    ['variants[*].price', [1, null]],
    ['nested[*]', [[1], [2, 3]]],
    ['empty[*]', []],
    ['missing[*].price', undefined],
    ['title[*]', []],
    ['note[*]', []],
  ])('the field %s', (text, value) => {
    expect(selectField(parseSelector(text), payload)).toEqual(value);
  });
});

describe('a change concerns a selector when either contains the other', () => {
  it.each([
    ['a.b', ['a'], true],
    ['a.b', ['a', 'b'], true],
    ['a.b', ['a', 'b', 'c'], true],
    ['a.b', [], true],
    ['a.b', ['a', 'c'], false],
    ['a', ['ab'], false],
    ['variants[*].price', ['variants', 'SKU1', 'price'], true],
    ['variants[*].price', ['variants', 'SKU1'], true],
    ['variants[*].price', ['variants', 'SKU1', 'size'], false],
    ['a[0]', ['a', '0'], true],
    ['a[0]', ['a', '00'], false],
    ['a[1]', ['a', '10'], false],
    ['$', ['a', 'b'], true],
  ])('%s and /%j: %s', (text, tokens, expected) => {
    expect(changeMatches(parseSelector(text), tokens)).toBe(expected);
  });
});

describe('a pattern contains another', () => {
  it.each([
    ['a', 'a.b', true],
    ['a.b', 'a', false],
    ['a[*]', 'a.b', true],
    ['a[*]', 'a[3].c', true],
    ['a.b', 'a[*]', false],
    ['a[0]', 'a[*]', false],
    ['a[0]', "a['0']", false],
    ['$', 'a', true],
  ])('%s, %s: %s', (outer, inner, expected) => {
    expect(patternContains(parseSelector(outer).segments, parseSelector(inner).segments)).toBe(expected);
  });

  it('and both, each the other, are the same', () => {
    expect(isSamePattern(parseSelector('a.b').segments, parseSelector("$['a']['b']").segments)).toBe(true);
    expect(isSamePattern(parseSelector('a').segments, parseSelector('a[*]').segments)).toBe(false);
  });
});
