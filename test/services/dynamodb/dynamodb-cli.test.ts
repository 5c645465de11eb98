import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { type CliResult, createWorkplace, item, ndjson, parseLines } from '../../e2e/support/cli.ts';
import { describeService } from '../../support/services/describe-service.ts';

/** DynamoDB Local asks for credentials and takes any. */
const ENVIRONMENT = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

describeService('dynamodb', (url) => {
  async function workOn(prefix = `cli-${randomUUID()}-`) {
    const work = await createWorkplace();
    const store = ['--store', `dynamodb://${new URL(url).host}/${prefix}`];
    return (args: readonly string[], stdin = ''): Promise<CliResult> =>
      work.run([...args, ...store], { stdin, environment: ENVIRONMENT });
  }

  it('lets the command line make tables, put data in, have it followed, and read it', async () => {
    const run = await workOn();
    expect((await run(['admin', 'check', '--unprotected'])).exitCode).toBe(1);
    const made = await run(['admin', 'create-tables', '--unprotected', '--json']);
    expect(parseLines(made.stdout)).toMatchObject([{ created: { length: 6 }, existing: [] }]);
    expect(await run(['admin', 'check', '--unprotected'])).toMatchObject({
      exitCode: 0,
      stdout: 'the store is as it should be\n',
    });
    expect((await run(['admin', 'upgrade'])).stdout).toMatch(/is up to date: format 1\n$/);
    const records = [
      { entityKey: 'maker#M1', version: 1, payload: { name: 'Acme' } },
      item(1, 1, { maker_id: 'M1' }),
      { entityKey: 'maker#M1', version: 2, payload: { name: 'Apex' } },
    ];
    expect(await run(['ingest', '-'], ndjson(records))).toMatchObject({ exitCode: 0, stderr: '' });
    const explained = await run([
      ...['explain', 'item#1', '--version', 'active', '--rule-set', 'item-core@1.0.0'],
      ...['--slice', 'ITEM_MAKER', '--json'],
    ]);
    expect(parseLines(explained.stdout)).toMatchObject([
      { version: 1, revision: 1, slices: [{ payload: { maker_name: 'Apex' } }] },
    ]);
  });

  it('says on the command line what to do where there are no tables, or nobody answers', async () => {
    const run = await workOn();
    const refused = await run(['entities']);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(/error store\.foreign\n.*a table that is not there/);
    const work = await createWorkplace();
    const nobody = await work.run(['entities', '--store', 'dynamodb://127.0.0.1:9/'], { environment: ENVIRONMENT });
    expect(nobody).toMatchObject({ exitCode: 3, stdout: '' });
    expect(nobody.stderr).toMatch(/error store\.unavailable .*\n.*ECONNREFUSED/);
  });
});
