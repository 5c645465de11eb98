import { describe, expect, it } from 'vitest';
import { parseCount, parseNumber, parseReadVersion, readFlags } from '../../src/cli/flags.ts';
import { parsePayloadUrl, parseStoreUrl } from '../../src/cli/locations.ts';
import { readSettings } from '../../src/cli/settings.ts';

const settingsOf = (flags: Record<string, unknown>, environment = {}) => readSettings(readFlags(flags), environment);
const usage = expect.objectContaining({ code: 'cli.usage' });

describe('settings', () => {
  it('have a default each', () => {
    expect(settingsOf({})).toEqual({
      contractsDir: './contracts',
      registry: { kind: 'files', dir: './contracts' },
      store: { kind: 'sqlite', path: './slicewise.db' },
      payloadStore: null,
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
    ['postgres://me@host/db', { kind: 'postgres', url: 'postgres://me@host/db' }],
    ['postgresql://host/db?schema=x', { kind: 'postgres', url: 'postgresql://host/db?schema=x' }],
    ['C:\\data\\a.db', { kind: 'sqlite', path: 'C:\\data\\a.db' }],
    ['dynamodb://eu-west-1', { kind: 'dynamodb', region: 'eu-west-1' }],
    ['dynamodb://eu-west-1/shop-', { kind: 'dynamodb', region: 'eu-west-1', tablePrefix: 'shop-' }],
    [
      'dynamodb://localhost:8000/shop-',
      { kind: 'dynamodb', region: 'local', endpoint: 'http://localhost:8000', tablePrefix: 'shop-' },
    ],
  ])('%s is understood', (url, location) => {
    expect(parseStoreUrl(url)).toEqual(location);
  });

  it.each([
    'mysql://host/db',
    'postgres:host',
    'memory:x',
    'sqlite:',
    '',
    'dynamodb:',
    'dynamodb://key:geheim@eu-west-1',
    'dynamodb://eu-west-1/a/b',
  ])('%j is refused', (url) => {
    expect(() => parseStoreUrl(url)).toThrow(usage);
  });
});

describe('a URL of payloads', () => {
  it.each([
    ['s3://bucket', { kind: 's3', bucket: 'bucket', prefix: '', isPathStyle: false }],
    ['s3://bucket/a/b/', { kind: 's3', bucket: 'bucket', prefix: 'a/b/', isPathStyle: false }],
    ['s3://bucket/a/?path-style', { kind: 's3', bucket: 'bucket', prefix: 'a/', isPathStyle: true }],
    ['./payloads', { kind: 'files', dir: './payloads' }],
    ['/data/payloads', { kind: 'files', dir: '/data/payloads' }],
  ])('%s is understood', (url, location) => {
    expect(parsePayloadUrl(url)).toEqual(location);
    expect(settingsOf({ payloadStore: url }).payloadStore).toEqual(location);
  });

  it.each(['', 's3://', 's3://key@bucket', 'gs://bucket', 'https://bucket'])('%j is refused', (url) => {
    expect(() => parsePayloadUrl(url)).toThrow(usage);
  });
});

describe('a registry URL', () => {
  it('takes the place of the folder, which is still what is published', () => {
    expect(settingsOf({ registry: 'postgres://host/db', contracts: 'c' })).toMatchObject({
      registry: { kind: 'postgres', url: 'postgres://host/db' },
      contractsDir: 'c',
    });
  });

  it('is refused without being shown, for it may hold a password', () => {
    const refused = () => settingsOf({ registry: 'mysql://me:geheim@host/db' });
    expect(refused).toThrow(usage);
    expect(refused).not.toThrow(/geheim/);
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
