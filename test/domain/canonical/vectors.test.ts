import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalText } from '../../../src/domain/canonical/canonicalize.ts';
import {
  canonicalRawData,
  canonicalSlice,
  type HashedRef,
  hashCanonical,
  hashCanonicalBytes,
  hashChangeSet,
  hashRaw,
  hashSlice,
} from '../../../src/domain/canonical/hash.ts';
import { isPlainObject } from '../../../src/domain/canonical/json-value.ts';
import { parseJson } from '../../../src/domain/canonical/parse-json.ts';

interface TextVector {
  readonly name: string;
  readonly input: string;
  readonly canonical: string;
  readonly canonicalUtf8Hex: string;
}

interface NumberVector {
  readonly ieee754Hex: string;
  readonly canonical: string | null;
}

type HashVector = { readonly name: string; readonly value: string; readonly hashed: string; readonly hash: string } & (
  | { readonly kind: 'raw'; readonly schema: HashedRef }
  | { readonly kind: 'slice'; readonly ruleSet: HashedRef }
  | { readonly kind: 'changeset'; readonly from: number; readonly to: number; readonly ruleSet: HashedRef }
  | { readonly kind: 'canonical' | 'contract' }
);

/** The vectors are the project's own files; their shape is what their README says. */
function readVectors<Vector>(file: string): readonly Vector[] {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors', file), 'utf8')) as readonly Vector[];
}

function hashOf(vector: HashVector): string {
  const value = parseJson(vector.value);
  const bytes = canonicalBytes(value);
  switch (vector.kind) {
    case 'raw':
      return hashRaw(bytes, vector.schema);
    case 'slice':
      return hashSlice(bytes, vector.ruleSet);
    case 'changeset':
      return hashChangeSet(bytes, vector.from, vector.to, vector.ruleSet);
    case 'canonical':
      return hashCanonical(value);
    case 'contract': {
      const { status: _, ...rest } = isPlainObject(value) ? value : {};
      return hashCanonical(rest);
    }
  }
}

describe('canonical-json.json', () => {
  it.each(readVectors<TextVector>('canonical-json.json'))('$name', ({ input, canonical, canonicalUtf8Hex }) => {
    const value = parseJson(input);
    expect(canonicalText(value)).toBe(canonical);
    expect(Buffer.from(canonicalBytes(value)).toString('hex')).toBe(canonicalUtf8Hex);
  });
});

describe('canonical-numbers.json', () => {
  it.each(readVectors<NumberVector>('canonical-numbers.json'))(
    '$ieee754Hex: $canonical',
    ({ ieee754Hex, canonical }) => {
      const number = Buffer.from(ieee754Hex, 'hex').readDoubleBE();
      if (canonical === null) {
        expect(() => canonicalText(number)).toThrow(expect.objectContaining({ code: 'canonical.not_finite' }));
      } else {
        expect(canonicalText(number)).toBe(canonical);
      }
    },
  );
});

describe('hashes.json', () => {
  const vectors = readVectors<HashVector>('hashes.json');

  it.each(vectors)('$name', (vector) => {
    expect(hashOf(vector)).toBe(vector.hash);
  });

  it.each(vectors)('$name: the text and its hash belong together', ({ hashed, hash }) => {
    expect(`sha256:${createHash('sha256').update(hashed, 'utf8').digest('hex')}`).toBe(hash);
  });
});

describe('bytes and hash in one', () => {
  const ref = { id: 'product', version: '2.1.0' };
  const sizes = [0, 10, 4_000, 4_096, 16_000, 16_370, 16_384, 70_000, 5_000_000];

  it.each(sizes)('are those of the single steps for a text of %i', (size) => {
    const payload = { b: 'x'.repeat(size), a: 1 };
    const bytes = canonicalBytes(payload);
    const expected = `sha256:${createHash('sha256').update(bytes).update('product2.1.0').digest('hex')}`;
    for (const inOne of [canonicalRawData(payload, ref), canonicalSlice(payload, ref)]) {
      expect(inOne.hash).toBe(expected);
      expect(Buffer.compare(inOne.bytes, bytes)).toBe(0);
    }
    expect(hashRaw(bytes, ref)).toBe(expected);
  });

  it.each(sizes)('cover a ref that is not ASCII behind a text of %i', (size) => {
    const bytes = canonicalBytes({ a: 'x'.repeat(size) });
    const expected = `sha256:${createHash('sha256').update(bytes).update('café1.0.0').digest('hex')}`;
    expect(canonicalSlice({ a: 'x'.repeat(size) }, { id: 'café', version: '1.0.0' }).hash).toBe(expected);
    expect(hashSlice(bytes, { id: 'café', version: '1.0.0' })).toBe(expected);
  });

  it('refuse what canonicalRawDataBytes refuses', () => {
    expect(() => canonicalRawData([], ref)).toThrow(expect.objectContaining({ code: 'canonical.not_an_object' }));
    expect(() => canonicalRawData({ id: 2 ** 53 }, ref)).toThrow(
      expect.objectContaining({ code: 'canonical.unsafe_integer' }),
    );
  });

  it('take null as a slice payload, for tombstones', () => {
    expect(canonicalSlice(null, ref).hash).toBe(hashSlice(canonicalBytes(null), ref));
  });

  it('hash bytes as they are', () => {
    expect(hashCanonicalBytes(new TextEncoder().encode('{}'))).toBe(hashCanonical({}));
  });
});
