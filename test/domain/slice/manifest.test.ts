import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import { parseEntityKey, parseTenantId, parseVersion } from '../../../src/domain/identity.ts';
import type { ManifestRecord } from '../../../src/domain/records.ts';
import {
  assertSameSlices,
  hashManifest,
  type ManifestContent,
  slicingIdOf,
} from '../../../src/domain/slice/manifest.ts';

const A = hashCanonical('a');
const B = hashCanonical('b');
const CONTENT: ManifestContent = {
  tenantId: parseTenantId('acme'),
  entityKey: parseEntityKey('product#P1'),
  ruleSet: { id: 'product-core', version: '1.3.0' },
  version: parseVersion(3),
  revision: 0,
  slices: { B: A, A: B },
  pins: { brand: { entityKey: null, version: null, hash: null, projectionHash: A } },
};

describe('a manifest’s hash', () => {
  it('covers key, slices and pins, in canonical order, and nothing else', () => {
    const text =
      `{"entityKey":"product#P1","pins":{"brand":{"entityKey":null,"hash":null,"projectionHash":"${A}","version":null}},` +
      `"revision":0,"ruleSet":{"id":"product-core","version":"1.3.0"},"slices":{"A":"${B}","B":"${A}"},` +
      '"tenantId":"acme","version":3}';
    expect(hashManifest(CONTENT)).toBe(`sha256:${createHash('sha256').update(text).digest('hex')}`);
    const withMore = { ...CONTENT, meta: { slicedAt: 'now' }, kind: 'manifest' };
    expect(hashManifest(withMore)).toBe(hashManifest(CONTENT));
  });

  it.each<Partial<ManifestContent>>([
    { tenantId: parseTenantId('other') },
    { entityKey: parseEntityKey('product#P2') },
    { ruleSet: { id: 'product-core', version: '1.3.1' } },
    { version: parseVersion(4) },
    { revision: 1 },
    { slices: { A: B } },
    { pins: {} },
  ])('differs with %j', (change) => {
    expect(hashManifest({ ...CONTENT, ...change })).not.toBe(hashManifest(CONTENT));
  });
});

describe('a slicing id', () => {
  it('names what decides the result: the inputs, not the slices', () => {
    const identity = { ...CONTENT, ruleSetHash: A, rawHash: B };
    expect(slicingIdOf(identity)).toBe(slicingIdOf({ ...identity, ...{ slices: {} } }));
    expect(slicingIdOf({ ...identity, ruleSetHash: B })).not.toBe(slicingIdOf(identity));
    expect(slicingIdOf({ ...identity, rawHash: A })).not.toBe(slicingIdOf(identity));
    expect(slicingIdOf({ ...identity, pins: {} })).not.toBe(slicingIdOf(identity));
  });
});

describe('slices that are computed again', () => {
  const committed: ManifestRecord = {
    ...CONTENT,
    kind: 'manifest',
    manifestHash: hashManifest(CONTENT),
    meta: {
      mode: 'FULL_REBUILD',
      rawHash: A,
      slicingId: A,
      changesetHash: null,
      rebuilt: {},
      contracts: {},
      slicedAt: '',
    },
  };

  it('may be the same in any order', () => {
    expect(() => assertSameSlices(committed, { A: B, B: A })).not.toThrow();
  });

  it.each([
    { what: 'another hash', slices: { A, B: A }, names: ['A'] },
    { what: 'one too few', slices: { A: B }, names: ['B'] },
    { what: 'one too many', slices: { A: B, B: A, C: A }, names: ['C'] },
    { what: 'all others', slices: { A, B }, names: ['A', 'B'] },
  ])('with $what are an InvariantViolation that names the types', ({ slices, names }) => {
    expect(() => assertSameSlices(committed, slices)).toThrow(
      expect.objectContaining({
        code: 'slice.hash_mismatch',
        category: 'InvariantViolation',
        details: expect.objectContaining({ sliceTypes: names }),
      }),
    );
  });
});
