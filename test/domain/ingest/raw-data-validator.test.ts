import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { parseEntityKey, parseVersion } from '../../../src/domain/identity.ts';
import {
  payloadAsSeenBy,
  prepareDeletion,
  prepareRawData,
  verifyRawData,
} from '../../../src/domain/ingest/raw-data-validator.ts';
import { reorderedOf } from '../../support/arbitraries/documents.ts';
import { schemaWithDocuments } from '../../support/arbitraries/schema-with-documents.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { buildSchema, keyedBy, setOf } from '../schema/build-schema.ts';

const entityKey = parseEntityKey('product#P1');
const version = parseVersion(4);
const schema = buildSchema({
  required: ['title'],
  properties: {
    title: { type: 'string' },
    tags: setOf({ type: 'string' }),
    price: { type: 'number' },
    variants: keyedBy('/sku'),
  },
});

function prepare(payload: unknown) {
  return prepareRawData({ entityKey, schema, payload });
}

function refusalOf(run: () => unknown) {
  try {
    run();
  } catch (error) {
    if (isSlicewiseError(error)) return error;
    throw error;
  }
  throw new Error('expected a refusal');
}

describe('preparing RawData', () => {
  it('gives the normalised payload, its canonical bytes and their hash with the schema’s ref', () => {
    const { payload, bytes, rawHash } = prepare({ title: 'é', tags: ['b', 'a', 'b'], price: -0 });
    const text = '{"price":0,"tags":["a","b"],"title":"é"}';
    expect(canonicalText(payload)).toBe(text);
    expect(Buffer.from(bytes).toString()).toBe(text);
    expect(rawHash).toBe(`sha256:${createHash('sha256').update(`${text}product1.0.0`).digest('hex')}`);
  });

  it('accepts a member that the schema leaves open', () => {
    expect(prepare({ title: 'a', other: 1 }).payload).toEqual({ title: 'a', other: 1 });
  });

  it.each([
    ['a payload that does not fit', { title: 1 }, 'rawdata.schema_mismatch'],
    ['a payload that lacks a member', {}, 'rawdata.schema_mismatch'],
    ['an array', [], 'canonical.not_an_object'],
    ['null', null, 'canonical.not_an_object'],
    ['a class instance', new Map(), 'canonical.not_an_object'],
    ['undefined in a member that no schema names', { title: 'a', other: undefined }, 'canonical.unsupported_type'],
    ['NaN in a set', { title: 'a', tags: [Number.NaN] }, 'canonical.not_finite'],
    ['an integer that was rounded', { title: 'a', price: 2 ** 53 }, 'canonical.unsafe_integer'],
    ['a keyed item without a key', { title: 'a', variants: [{}] }, 'rawdata.array_key_invalid'],
    ['two keyed items alike', { title: 'a', variants: [{ sku: 'x' }, { sku: 'x' }] }, 'rawdata.array_key_duplicate'],
  ])('refuses %s', (_case, payload, code) => {
    expect(refusalOf(() => prepare(payload)).code).toBe(code);
  });

  it('names the place, the demand and the value, and what to do', () => {
    const error = refusalOf(() => prepare({ title: 7, tags: ['b', {}, 'a'] }));
    expect(error.message).toBe(
      'product#P1: expected a payload that fits Schema product@1.0.0, found at "/tags/2": expected a string, found an ' +
        'object; at "/title": expected a string, found 7. ' +
        'Mend the payload, or publish a version of the schema that allows it.',
    );
    expect(error.details['violations']).toHaveLength(2);
    expect(error.retryable).toBe(false);
  });

  it('refuses an entity of another type, before it looks at the payload', () => {
    const brand = parseEntityKey('brand#B1');
    expect(refusalOf(() => prepareRawData({ entityKey: brand, schema, payload: null })).code).toBe(
      'rawdata.entity_type_mismatch',
    );
    expect(refusalOf(() => prepareDeletion({ entityKey: brand, schema })).code).toBe('rawdata.entity_type_mismatch');
  });

  it('hashes a deleted version as the canonical text null', () => {
    expect(prepareDeletion({ entityKey, schema }).rawHash).toBe(
      `sha256:${createHash('sha256').update('nullproduct1.0.0').digest('hex')}`,
    );
  });

  it('accepts every document that fits, and order never matters to its bytes and hash', () => {
    const cases = schemaWithDocuments({ documents: 1 }).chain(({ model, schema: drawn, documents: [document = {}] }) =>
      reorderedOf(model, document).map((reordered) => ({ drawn, document, reordered })),
    );
    fc.assert(
      fc.property(cases, ({ drawn, document, reordered }) => {
        const [left, right] = [document, reordered].map((payload) =>
          prepareRawData({ entityKey, schema: drawn, payload }),
        );
        expect(left?.rawHash).toBe(right?.rawHash);
        expect(left?.bytes).toEqual(right?.bytes);
      }),
      { numRuns: lawRuns },
    );
  });

  it('gives the same bytes and hash for what it stored', () => {
    fc.assert(
      fc.property(schemaWithDocuments({ documents: 1 }), ({ schema: drawn, documents: [payload] }) => {
        const first = prepareRawData({ entityKey, schema: drawn, payload });
        const again = prepareRawData({
          entityKey,
          schema: drawn,
          payload: JSON.parse(Buffer.from(first.bytes).toString()),
        });
        expect(again.rawHash).toBe(first.rawHash);
      }),
      { numRuns: lawRuns },
    );
  });
});

describe('a stored payload as another schema sees it', () => {
  const cameUnder = { id: 'product', version: '1.0.0' };
  const stored = { entityKey, version, schema: cameUnder, payload: { title: 'a', labels: ['b', 'a', 'b'] } };

  it('is trusted under the schema that it came in under', () => {
    const now = buildSchema({ properties: { title: { type: 'integer' } } });
    expect(payloadAsSeenBy(now, stored)).toBe(stored.payload);
  });

  it('is not trusted under another schema of the same version', () => {
    const sameVersion = { ...stored, schema: { id: 'offer', version: '1.0.0' } };
    const now = buildSchema({ properties: { title: { type: 'integer' } } });
    expect(refusalOf(() => payloadAsSeenBy(now, sameVersion)).code).toBe('slicing.payload_mismatch');
  });

  it('is normalised by that schema', () => {
    const next = buildSchema({ properties: { labels: setOf({ type: 'string' }) } }, { version: '1.1.0' });
    expect(payloadAsSeenBy(next, stored)).toEqual({ title: 'a', labels: ['a', 'b'] });
  });

  it.each([
    ['does not fit it', { properties: { title: { type: 'integer' } } }, /at "\/title": expected an integer, found "a"/],
    ['has no keys where it wants some', { properties: { labels: keyedBy('/sku') } }, /\/labels\/0/],
  ])('is refused where it %s', (_case, keywords, message) => {
    const error = refusalOf(() => payloadAsSeenBy(buildSchema(keywords, { version: '2.0.0' }), stored));
    expect(error.code).toBe('slicing.payload_mismatch');
    expect(error.message).toMatch(message);
    expect(error.details).toMatchObject({ schema: 'product@2.0.0', cameUnder: 'product@1.0.0', version: 4 });
  });
});

describe('verifying stored bytes', () => {
  const { bytes, rawHash } = prepare({ title: 'a' });
  const record = { entityKey, version, schema: schema.ref, rawHash };

  it('accepts what was hashed', () => {
    expect(() => verifyRawData(bytes, record)).not.toThrow();
  });

  it('finds a changed byte', () => {
    const changed = Uint8Array.from(bytes);
    changed[3] = (changed[3] ?? 0) ^ 1;
    const error = refusalOf(() => verifyRawData(changed, record));
    expect(error).toMatchObject({ code: 'rawdata.corrupt', category: 'InvariantViolation' });
  });

  it('finds bytes that belong to another schema', () => {
    const other = { ...record, schema: { id: 'product', version: '1.0.1' } };
    expect(refusalOf(() => verifyRawData(bytes, other)).code).toBe('rawdata.corrupt');
  });
});
