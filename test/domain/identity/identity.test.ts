import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ENTITY_KEY_BYTES_MAX,
  entityIdOf,
  entityTypeOf,
  parseEntityKey,
  parseRevision,
  parseTenantId,
  parseVersion,
  REVISION_MAX,
  TENANT_ID_BYTES_MAX,
  VERSION_MAX,
} from '../../../src/domain/identity.ts';

const PART = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((part) => !/[#\p{Cc}]/u.test(part));

describe('an entityKey', () => {
  it('comes apart into the type and the id that it was made of', () => {
    fc.assert(
      fc.property(PART, PART, (type, id) => {
        const key = parseEntityKey(`${type}#${id}`);
        expect([entityTypeOf(key), entityIdOf(key)]).toEqual([type, id]);
      }),
    );
  });

  it('may be as long as its limit in bytes, and no longer', () => {
    const longest = `t#${'é'.repeat((ENTITY_KEY_BYTES_MAX - 2) / 2)}`;
    expect(parseEntityKey(longest)).toBe(longest);
    expect(() => parseEntityKey(`${longest}x`)).toThrow(/513 bytes/);
  });

  const BAD: readonly { readonly key: unknown; readonly says: RegExp }[] = [
    { key: '', says: /no `#`/ },
    { key: 'product', says: /no `#`/ },
    { key: '#P1', says: /type: it is empty/ },
    { key: 'product#', says: /id: it is empty/ },
    { key: 'product##P1', says: /id: it holds "#"/ },
    { key: 'product#P#1', says: /id: it holds "#"/ },
    { key: 'pro\nduct#P1', says: /type: it holds "\\n"/ },
    { key: 'product#\u0085', says: /id: it holds/ },
    { key: 'product#\ud800', says: /lone surrogate/ },
    { key: null, says: /found null/ },
    { key: 7, says: /found 7/ },
    { key: ['product#P1'], says: /found an array/ },
  ];
  it.each(BAD)('is not $key', ({ key, says }) => {
    expect(() => parseEntityKey(key)).toThrow(
      expect.objectContaining({ code: 'entity_key.invalid', message: expect.stringMatching(says) }),
    );
  });

  it('that is refused is shown shortened', () => {
    const found = 'x'.repeat(5_000);
    expect(() => parseEntityKey(found)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('x'.repeat(100)) }),
    );
  });
});

describe('a tenantId', () => {
  it.each(['acme', 'é', 'a b', 'x'.repeat(TENANT_ID_BYTES_MAX)])('may be %j', (tenantId) => {
    expect(parseTenantId(tenantId)).toBe(tenantId);
  });

  it.each(['', 'a#b', 'a\u0000b', '\udc00', 'x'.repeat(TENANT_ID_BYTES_MAX + 1), undefined, {}])(
    'is not %j',
    (tenantId) => {
      expect(() => parseTenantId(tenantId)).toThrow(expect.objectContaining({ code: 'tenant.invalid' }));
    },
  );
});

describe('a version', () => {
  it.each([1, 2, VERSION_MAX])('may be %d', (version) => {
    expect(parseVersion(version)).toBe(version);
  });

  it.each([0, -0, -1, 1.5, VERSION_MAX + 1, Number.NaN, Number.POSITIVE_INFINITY, '1', 1n, null, undefined])(
    'is not %s',
    (version) => {
      expect(() => parseVersion(version)).toThrow(expect.objectContaining({ code: 'version.invalid' }));
    },
  );

  it('that is refused is called by the name that its caller gave it', () => {
    expect(() => parseVersion(0, 'fromVersion')).toThrow(
      /^fromVersion: expected an integer from 1 to 9999999999, found 0/,
    );
  });
});

describe('a revision', () => {
  it.each([0, 1, REVISION_MAX])('may be %d', (revision) => {
    expect(parseRevision(revision)).toBe(revision);
  });

  it.each([-1, 0.5, REVISION_MAX + 1, '0', null])('is not %s', (revision) => {
    expect(() => parseRevision(revision)).toThrow(expect.objectContaining({ code: 'revision.invalid' }));
  });
});
