import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isPlainArray, isPlainObject } from '../../../src/domain/canonical/json-value.ts';

class Point {}
class List extends Array {}

describe('isPlainObject', () => {
  it.each<[string, unknown, boolean]>([
    ['a literal', {}, true],
    ['an object without a prototype', Object.create(null), true],
    ['an object of another realm', runInNewContext('({})'), true],
    ['an object whose prototype is an object without one', Object.create(Object.create(null)), false],
    ['an instance of a class', new Point(), false],
    ['an object that inherits', Object.create({}), false],
    ['a date', new Date(0), false],
    ['a map', new Map(), false],
    ['a boxed number', Object(1), false],
    ['an array', [], false],
    ['a function', () => undefined, false],
    ['null', null, false],
    ['undefined', undefined, false],
    ['a string', 'a', false],
  ])('%s: %j', (_, value, isPlain) => {
    expect(isPlainObject(value)).toBe(isPlain);
  });
});

describe('isPlainArray', () => {
  it.each<[string, unknown, boolean]>([
    ['a literal', [], true],
    ['an array of another realm', runInNewContext('[]'), true],
    ['an instance of a subclass', new List(), false],
    ['a typed array', new Uint8Array(), false],
    ['something like an array', { length: 0 }, false],
  ])('%s: %j', (_, value, isPlain) => {
    expect(isPlainArray(value)).toBe(isPlain);
  });
});
