/** The command line on Postgres: contracts are published and looked after, and every command runs on them. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, parseLines, type Workplace } from '../../e2e/support/cli.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema } from './test-database.ts';

describeService('postgres', (url) => {
  let workplace: Workplace;
  let database: string;

  beforeEach(async () => {
    workplace = await createWorkplace();
    database = `${url}?schema=${freshSchema()}`;
    await succeed(['admin', 'create-tables', '--store', database]);
  });

  const succeed = async (args: readonly string[], stdin?: string) => {
    const run = await workplace.run([...args, '--json'], stdin === undefined ? {} : { stdin });
    expect(run).toMatchObject({ exitCode: 0, stderr: '' });
    return parseLines(run.stdout);
  };
  const onRegistry = (...args: string[]) => [...args, '--registry', database];
  const outcomesIn = ([result]: readonly Record<string, unknown>[]) =>
    contractsIn(result).map(({ outcome }) => outcome);

  describe('slicewise contracts', () => {
    it('publish puts in all of a folder, and says unchanged of it the second time', async () => {
      const first = outcomesIn(await succeed(onRegistry('contracts', 'publish')));
      expect(new Set(first)).toEqual(new Set(['published']));
      const again = outcomesIn(await succeed(onRegistry('contracts', 'publish')));
      expect(again).toEqual(first.map(() => 'unchanged'));
    });

    it('list and show tell what is there and who put it in; deprecate and archive change it', async () => {
      await succeed(onRegistry('contracts', 'publish', '--by', 'alice'));
      const [listed] = await succeed(onRegistry('contracts', 'list', '--kind', 'View', '--status', 'ACTIVE'));
      const [view] = contractsIn(listed);
      const ref = view?.ref ?? '';
      await succeed(onRegistry('contracts', 'deprecate', ref, '--kind', 'View', '--by', 'bob'));
      await succeed(onRegistry('contracts', 'archive', ref, '--kind', 'View', '--by', 'carol'));
      expect(await succeed(onRegistry('contracts', 'show', ref, '--kind', 'View'))).toMatchObject([
        {
          status: 'ARCHIVED',
          document: { kind: 'View' },
          history: [
            { actor: 'alice', action: 'published' },
            { actor: 'bob', statusAfter: 'DEPRECATED' },
            { actor: 'carol', statusAfter: 'ARCHIVED' },
          ],
        },
      ]);
    });

    it('refuse what is not allowed with exit code 1, and show no password', async () => {
      const withPassword = database.replace('postgres@', 'postgres:geheim@');
      const run = await workplace.run(['contracts', 'archive', 'nobody@1.0.0', '--registry', withPassword]);
      expect(run.exitCode).toBe(1);
      expect(run.stderr).toContain('contract.unknown');
      expect(run.stdout + run.stderr).not.toContain('geheim');
    });

    it('are used wrongly without a registry', async () => {
      expect(await workplace.run(['contracts', 'list'])).toMatchObject({ exitCode: 2 });
    });
  });

  it('the other commands run on contracts and records in a database', async () => {
    await succeed(onRegistry('contracts', 'publish'));
    const onBoth = (...args: string[]) => onRegistry(...args, '--store', database);
    const lines = await succeed(onBoth('ingest', '-'), ndjson([item('A'), item('B')]));
    expect(lines.at(-1)).toMatchObject({ summary: { read: 2, inserted: 2 } });
    expect(await succeed(onBoth('versions', 'item#A'))).toHaveLength(1);
    expect((await workplace.run(onRegistry('validate'))).exitCode).toBe(0);
  });
});

function contractsIn(result: Record<string, unknown> | undefined) {
  // What the command prints.
  return (result?.['contracts'] ?? []) as readonly { readonly ref: string; readonly outcome?: string }[];
}
