import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSemver, formatRef, parseRef } from '../../../src/domain/contracts/contract-ref.ts';

/** semver.org §11: each is lower than the next. */
const ASCENDING = [
  '0.0.0',
  '0.0.9',
  '0.0.10',
  '0.9.0',
  '0.10.0',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '9.9.9',
  '10.0.0',
];

const CYCLIC: unknown[] = [];
CYCLIC.push(CYCLIC);

describe('a contract ref', () => {
  it('is written id@version and read back the same', () => {
    const id = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,20}$/);
    fc.assert(
      fc.property(id, fc.constantFrom(...ASCENDING), (name, version) => {
        const ref = { id: name, version };
        expect(parseRef(formatRef(ref))).toEqual(ref);
      }),
    );
  });

  it.each([
    'product-core',
    '@1.0.0',
    'product-core@',
    'product-core@1.3',
    'product-core@v1.3.0',
    'product-core@1.3.0+build',
    'product-core@01.0.0',
    'product-core@1.0.0-01',
    'product core@1.0.0',
    'a@b@1.0.0',
    '1product@1.0.0',
    `${'x'.repeat(65)}@1.0.0`,
    `a@1.0.0-${'x'.repeat(64)}`,
    ' product-core@1.0.0',
    'product-core@1.0.0\n',
    null,
    undefined,
    7,
    5n,
    CYCLIC,
  ])('is not %o', (text) => {
    expect(() => parseRef(text)).toThrow(
      expect.objectContaining({ code: 'contract.ref_invalid', category: 'ContractError' }),
    );
  });
});

describe('the refusal of a contract ref', () => {
  const wanted = 'expected id@version with a SemVer version such as product-core@1.3.0';

  it('says where it stood, where the caller knows it', () => {
    expect(() => parseRef('page', 'viewRef')).toThrow(`viewRef: ${wanted}, found "page". Name one exact version.`);
    expect(() => parseRef('page')).toThrow(`contract ref: ${wanted}, found "page".`);
  });

  it('shows what was found, whatever it is, as something that JSON can hold', () => {
    expect(() => parseRef('x'.repeat(200))).toThrow(`found "${'x'.repeat(80)}…"`);
    for (const found of [5n, CYCLIC, undefined]) {
      expect(() => parseRef(found, 'viewRef')).toThrow(
        expect.toSatisfy((error) => JSON.stringify(error).includes('"name":"viewRef"')),
      );
    }
  });
});

describe('SemVer precedence', () => {
  it('orders versions as semver.org says', () => {
    for (const [index, left] of ASCENDING.entries()) {
      for (const [other, right] of ASCENDING.entries()) {
        expect(Math.sign(compareSemver(left, right)), `${left} and ${right}`).toBe(Math.sign(index - other));
      }
    }
  });

  it('compares numbers of any length as numbers', () => {
    expect(compareSemver('1.0.0-99999999999999999999', '1.0.0-100000000000000000000')).toBeLessThan(0);
  });

  it('refuses what is no SemVer', () => {
    expect(() => compareSemver('1.0', '1.0.0')).toThrow(expect.objectContaining({ code: 'contract.ref_invalid' }));
  });
});
