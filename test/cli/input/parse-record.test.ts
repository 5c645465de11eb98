import { describe, expect, it } from 'vitest';
import { parseRecord } from '../../../src/cli/input/parse-record.ts';

const parse = (text: string) => parseRecord(Buffer.from(text));

describe('a record', () => {
  it('is a version with a payload', () => {
    expect(parse('{"entityKey":"product#P1","version":3,"payload":{"title":"Boot"}}')).toEqual({
      entityKey: 'product#P1',
      version: 3,
      schema: null,
      payload: { title: 'Boot' },
      deleted: false,
    });
  });

  it('may be the next version, and name its schema', () => {
    expect(parse('{"entityKey":"product#P1","version":"next","payload":{},"schema":"product@1.0.0"}')).toMatchObject({
      version: 'next',
      schema: 'product@1.0.0',
    });
  });

  it('may be a deletion', () => {
    expect(parse('{"entityKey":"product#P1","version":4,"deleted":true}')).toEqual({
      entityKey: 'product#P1',
      version: 4,
      schema: null,
      deleted: true,
    });
  });

  it.each([
    ['is no JSON', '{"entityKey":', 'json.syntax'],
    ['has a member twice', '{"entityKey":"a#1","version":1,"version":2,"payload":{}}', 'json.duplicate_member'],
    ['is an array', '[1]', 'record.malformed'],
    ['has a member of its own', '{"entityKey":"a#1","version":1,"payload":{},"sku":1}', 'record.malformed'],
    ['misses its key', '{"version":1,"payload":{}}', 'entity_key.invalid'],
    ['has a key with an empty part', '{"entityKey":"a#","version":1,"payload":{}}', 'entity_key.invalid'],
    ['has a key with a # too many', '{"entityKey":"a#b#c","version":1,"payload":{}}', 'entity_key.invalid'],
    ['misses its version', '{"entityKey":"a#1","payload":{}}', 'version.invalid'],
    ['has version 0', '{"entityKey":"a#1","version":0,"payload":{}}', 'version.invalid'],
    ['has version 1.5', '{"entityKey":"a#1","version":1.5,"payload":{}}', 'version.invalid'],
    ['has version 10^10', '{"entityKey":"a#1","version":10000000000,"payload":{}}', 'version.invalid'],
    ['has its version in quotes', '{"entityKey":"a#1","version":"1","payload":{}}', 'version.invalid'],
    ['has neither payload nor deletion', '{"entityKey":"a#1","version":1}', 'record.malformed'],
    ['has both', '{"entityKey":"a#1","version":1,"payload":{},"deleted":true}', 'record.malformed'],
    ['says that it is not deleted', '{"entityKey":"a#1","version":1,"payload":{},"deleted":false}', 'record.malformed'],
    ['names no exact schema', '{"entityKey":"a#1","version":1,"payload":{},"schema":"a"}', 'contract.ref_invalid'],
  ])('is refused if it %s', (_, text, code) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused if it is not UTF-8', () => {
    const bytes = Buffer.from('{"entityKey":"a#1","version":1,"payload":{"t":"\u00e9"}}', 'latin1');
    expect(() => parseRecord(bytes)).toThrow(expect.objectContaining({ code: 'json.invalid_utf8' }));
  });
});
