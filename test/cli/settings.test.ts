import { describe, expect, it } from 'vitest';
import { parseCount, parseNumber, parseReadVersion, readFlags } from '../../src/cli/flags.ts';
import { parseStoreUrl, readSettings } from '../../src/cli/settings.ts';

const settingsOf = (flags: Record<string, unknown>, environment = {}) => readSettings(readFlags(flags), environment);
const usage = expect.objectContaining({ code: 'cli.usage' });

describe('settings', () => {
  it('have a default each', () => {
    expect(settingsOf({})).toEqual({
      contractsDir: './contracts',
      store: { kind: 'sqlite', path: './slicewise.db' },
      tenantId: 'default',
      format: 'human',
      hashes: 'short',
      logLevel: null,
    });
  });

  it('take the tenant from the flag, then from the environment', () => {
    expect(settingsOf({}, { SLICEWISE_TENANT: 'acme' }).tenantId).toBe('acme');
    expect(settingsOf({ tenant: 'other' }, { SLICEWISE_TENANT: 'acme' }).tenantId).toBe('other');
    expect(settingsOf({}, { SLICEWISE_TENANT: '' }).tenantId).toBe('default');
  });

  it('refuse a tenant that could forge a key', () => {
    expect(() => settingsOf({ tenant: 'a#b' })).toThrow(expect.objectContaining({ code: 'tenant.invalid' }));
  });

  it('take the log level from the flag, then from the environment', () => {
    expect(settingsOf({}, { SLICEWISE_LOG: 'debug' }).logLevel).toBe('debug');
    expect(settingsOf({ logLevel: 'off' }, { SLICEWISE_LOG: 'debug' }).logLevel).toBeNull();
    expect(() => settingsOf({ logLevel: 'loud' })).toThrow(usage);
  });
});

describe('a store URL', () => {
  it.each([
    ['memory:', { kind: 'memory' }],
    ['sqlite:./a.db', { kind: 'sqlite', path: './a.db' }],
    ['sqlite:/data/a.db', { kind: 'sqlite', path: '/data/a.db' }],
    ['a.db', { kind: 'sqlite', path: 'a.db' }],
    ['./odd:name', { kind: 'sqlite', path: './odd:name' }],
    ['C:\\data\\a.db', { kind: 'sqlite', path: 'C:\\data\\a.db' }],
  ])('%s is understood', (url, location) => {
    expect(parseStoreUrl(url)).toEqual(location);
  });

  it.each(['postgres://host/db', 'memory:x', 'sqlite:', ''])('%j is refused', (url) => {
    expect(() => parseStoreUrl(url)).toThrow(usage);
  });
});

describe('numbers on the command line', () => {
  it('are read as written and left to the runtime to judge', () => {
    expect(['3', '0', '1.5', '10000000000'].map((text) => parseNumber(text, 'VERSION'))).toEqual([3, 0, 1.5, 1e10]);
    expect(parseReadVersion('active')).toBe('active');
    expect(parseReadVersion('7')).toBe(7);
  });

  it.each(['', 'abc', '1e3', '0x10', ' 1', 'newest'])('%j is no version', (text) => {
    expect(() => parseNumber(text, 'VERSION')).toThrow(usage);
    expect(() => parseReadVersion(text)).toThrow(usage);
  });

  it.each(['0', '-1', '1.5', '', 'many'])('%j is no count', (text) => {
    expect(() => parseCount(text, '--max-record-bytes')).toThrow(usage);
  });
});
