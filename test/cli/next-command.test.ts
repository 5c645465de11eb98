import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { readFlags } from '../../src/cli/flags.ts';
import { nextCommand } from '../../src/cli/next-command.ts';

const next = (flags: Record<string, unknown>, words = ['resume']) => nextCommand(readFlags(flags), words);

describe('the command to run next', () => {
  it('has no option where none was given', () => {
    expect(next({})).toBe('slicewise resume');
  });

  it.each([
    ['--contracts', { contracts: 'c' }, '--contracts c'],
    ['--store', { store: 'sqlite:./a.db' }, '--store sqlite:./a.db'],
    ['--tenant', { tenant: 'acme' }, '--tenant acme'],
    ['--json', { json: true }, '--json'],
    ['--full-hashes', { fullHashes: true }, '--full-hashes'],
    ['--no-color', { color: false }, '--no-color'],
    ['--log-level', { logLevel: 'warn' }, '--log-level warn'],
  ])('repeats %s', (_, flags, words) => {
    expect(next(flags)).toBe(`slicewise resume ${words}`);
  });

  it("leaves out a command's own options", () => {
    expect(next({ tenant: 'acme', rejects: 'r', insertOnly: true })).toBe('slicewise resume --tenant acme');
  });

  it.each(['two words', "it's", '$HOME', '`id`', 'a;b', 'a"b', '', '~/a', 'a*', '\\', 'a&b', '!x', 'é'])(
    'reaches the program as it was given: %j',
    (value) => {
      const command = next({ store: value }).replace(/^slicewise/, 'printf "[%s]"');
      expect(execFileSync('sh', ['-c', command], { encoding: 'utf8' })).toBe(`[resume][--store][${value}]`);
    },
  );

  it.each([
    ['postgres://me:geheim@db/x', 'postgres://me:PASSWORD@db/x'],
    ['postgres://me:ge@hei:m/@db/x', 'postgres://me:PASSWORD@db/x'],
    ['postgres://db/x?password=geheim&a=b', "'postgres://db/x?password=PASSWORD&a=b'"],
  ])('never shows the password of %s', (store, shown) => {
    expect(next({ store })).toBe(`slicewise resume --store ${shown}`);
  });

  it('cannot steer a terminal', () => {
    expect(next({ store: 'a\u001b[31m' })).toBe("slicewise resume --store 'a\\u001b[31m'");
  });
});
