/** Looking after a store on Postgres from the command line. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type CliResult, createWorkplace, item, ndjson, parseLines, type Workplace } from '../../e2e/support/cli.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

describeService('postgres', (url) => {
  let workplace: Workplace;
  let schema: string;

  beforeEach(async () => {
    workplace = await createWorkplace();
    schema = freshSchema();
    await run(['admin', 'create-tables']);
  });

  const run = (args: readonly string[], stdin = ''): Promise<CliResult> =>
    workplace.run([...args, '--store', `${url}?schema=${schema}`], { stdin });
  const alter = (sql: string) => withClient(url, (client) => client.query(sql.replaceAll('{schema}', schema)));

  describe('slicewise admin check', () => {
    it('finds nothing about tables as they are made', async () => {
      expect(await run(['admin', 'check'])).toMatchObject({ exitCode: 0, stdout: 'the store is as it should be\n' });
    });

    it('names each table that is gone, and each guard that is gone or switched off', async () => {
      await alter(`
        DROP TABLE {schema}.hint;
        DROP TRIGGER audit_kept ON {schema}.contract_audit;
        ALTER TABLE {schema}.policy_registry DISABLE TRIGGER contract_guarded;
        ALTER TABLE {schema}.schema_registry ENABLE REPLICA TRIGGER contract_kept`);
      const checked = await run(['admin', 'check']);
      expect(checked.exitCode).toBe(1);
      expect(checked.stdout.trimEnd().split('\n')).toEqual([
        'hint, table: expected one, found none',
        'schema_registry, trigger contract_kept: expected on, found on replicas only',
        'policy_registry, trigger contract_guarded: expected on, found off',
        'contract_audit, trigger audit_kept: expected on, found none',
      ]);
    });

    it('looks at a registry beside another store', async () => {
      await workplace.run(['ingest', '-'], { stdin: ndjson([item('A')]) });
      const check = ['admin', 'check', '--registry', `${url}?schema=${schema}`];
      expect(await workplace.run(check)).toMatchObject({ exitCode: 0 });
      await alter('DROP TRIGGER contract_recorded ON {schema}.policy_registry');
      expect(await workplace.run(check)).toMatchObject({
        exitCode: 1,
        stdout: 'policy_registry, trigger contract_recorded: expected on, found none\n',
      });
    });

    it('looks whether the payload store that is named can be reached', async () => {
      expect(await run(['admin', 'check', '--payload-store', './payloads'])).toMatchObject({ exitCode: 0 });
      await workplace.write('occupied', 'a file where a folder should be');
      const checked = await run(['admin', 'check', '--payload-store', './occupied']);
      expect(checked).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^store files:.*ENOTDIR.*\n$/) });
    });

    it('tells of a history that somebody altered', async () => {
      await alter(`UPDATE {schema}.migration SET checksum = 'x' WHERE format = 1`);
      const checked = await run(['admin', 'check']);
      expect(checked).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('store.corrupt') });
    });
  });

  describe('slicewise admin gc, where no payload store is named', () => {
    beforeEach(async () => {
      await run(['ingest', '-'], ndjson([item('A')]));
      await alter(`
        INSERT INTO {schema}.slice SELECT tenant_id, entity_key, rule_set, slice_type, 'sha256:${'0'.repeat(64)}',
          is_tombstone, payload, gc_epoch, '2020-01-01T00:00:00.000Z' FROM {schema}.slice LIMIT 1`);
    });

    it('collects slices, says that payloads were left out, and how to look at them', async () => {
      const collected = await run(['admin', 'gc', '--older-than', '7d']);
      expect(collected).toMatchObject({ exitCode: 0, stderr: '' });
      expect(collected.stdout).toMatch(/^slices looked at[\s\S]*deleted +1\nPayloads were left out: /);
      expect(collected.stdout).toContain(
        'slicewise admin gc --payloads --older-than 7d --payload-store s3://BUCKET/PREFIX',
      );
    });

    it('says so to machines', async () => {
      const collected = await run(['admin', 'gc', '--json']);
      expect(parseLines(collected.stdout)).toEqual([
        { state: 'complete', dryRun: false, slices: expect.objectContaining({ collected: 1 }), leftOut: ['payloads'] },
      ]);
    });

    it('leaves nothing out where one is named', async () => {
      const collected = await run(['admin', 'gc', '--json', '--payload-store', './payloads']);
      expect(parseLines(collected.stdout)).toMatchObject([{ payloads: { examined: 0 }, leftOut: [] }]);
    });

    it('is refused where payloads are asked for', async () => {
      const refused = await run(['admin', 'gc', '--payloads']);
      expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('payload_store.absent') });
    });
  });
});
