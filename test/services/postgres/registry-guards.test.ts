/** What the database itself refuses, whoever writes to it. */
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { migratePostgres, openPostgresPublisher } from '../../../src/adapters/postgres/index.ts';
import type { ContractStatus } from '../../../src/domain/contracts/compiled-contracts.ts';
import { STATUS_TRANSITIONS } from '../../../src/domain/contracts/status-transitions.ts';
import { register, sampleDrafts } from '../../domain/contracts/sample-contracts.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshSchema, withClient } from './test-database.ts';

const STATUSES = Object.keys(STATUS_TRANSITIONS) as ContractStatus[];
const INTEGRITY = '23000';
const CHECK = '23514';

const REFUSED: readonly (readonly [what: string, sql: string, code: string])[] = [
  ['other content of a published schema', "UPDATE schema_registry SET content = content || ' '", INTEGRITY],
  ['another field count of a published schema', 'UPDATE schema_registry SET field_count = 99', INTEGRITY],
  ['another name of a published rule set', "UPDATE policy_registry SET id = 'other'", INTEGRITY],
  ['deleting schemas', 'DELETE FROM schema_registry', INTEGRITY],
  ['deleting policies', 'DELETE FROM policy_registry', INTEGRITY],
  ['truncating policies', 'TRUNCATE policy_registry', INTEGRITY],
  ['altering the audit', "UPDATE contract_audit SET actor = 'nobody'", INTEGRITY],
  ['deleting from the audit', 'DELETE FROM contract_audit', INTEGRITY],
  ['truncating the audit', 'TRUNCATE contract_audit', INTEGRITY],
  ['a status that is none', "UPDATE schema_registry SET status = 'GONE'", INTEGRITY],
  [
    'content that its hash is not of',
    `INSERT INTO schema_registry (id, version, status, field_count, required_fields, searchable_fields, content, content_hash)
     VALUES ('x', '1.0.0', 'DRAFT', 0, '{}', '{}', '{"kind":"Schema","id":"x","version":"1.0.0"}', 'sha256:0')`,
    CHECK,
  ],
  [
    'content of another name',
    `INSERT INTO schema_registry (id, version, status, field_count, required_fields, searchable_fields, content, content_hash)
     SELECT 'x', '1.0.0', 'DRAFT', 0, '{}', '{}', content, content_hash FROM schema_registry LIMIT 1`,
    CHECK,
  ],
];

describeService('postgres', (url) => {
  const withSample = async (work: (client: pg.Client) => Promise<void>) => {
    const options = { connectionString: url, schema: freshSchema() };
    await migratePostgres(options);
    const publisher = await openPostgresPublisher(options);
    const contracts = Object.values(sampleDrafts()).map((document) => register(document));
    await publisher.publish({ contracts, actor: 'tests' });
    await publisher.close();
    await withClient(url, async (client) => {
      await client.query(`SET search_path = ${options.schema}`);
      await work(client);
    });
  };

  describe('the registry’s tables', () => {
    for (const [what, sql, code] of REFUSED) {
      it(`refuse ${what}`, () =>
        withSample(async (client) => {
          await expect(client.query(sql)).rejects.toMatchObject({ code });
        }));
    }

    for (const from of STATUSES) {
      for (const to of STATUSES) {
        const isLegal = from === to || STATUS_TRANSITIONS[from].includes(to);
        it(`${isLegal ? 'let a contract go' : 'refuse the way'} from ${from} to ${to}`, () =>
          withSample(async (client) => {
            const content = `{"id":"x","kind":"View","version":"1.0.0"}`;
            await client.query(
              `INSERT INTO policy_registry
                 (kind, id, version, status, policy_type, entity_dependencies, policy_dependencies, content, content_hash)
               VALUES ('View', 'x', '1.0.0', $1, 'VIEW', '{}', '{}', $2::text,
                 'sha256:' || encode(sha256(convert_to($2::text, 'UTF8')), 'hex'))`,
              [from, content],
            );
            const move = client.query("UPDATE policy_registry SET status = $1 WHERE id = 'x'", [to]);
            if (isLegal) await expect(move).resolves.toMatchObject({ rowCount: 1 });
            else await expect(move).rejects.toMatchObject({ code: INTEGRITY });
          }));
      }
    }

    it('record what somebody changes by hand, under the role that did', () =>
      withSample(async (client) => {
        await client.query("UPDATE policy_registry SET status = 'DEPRECATED' WHERE kind = 'View'");
        const { rows } = await client.query(
          'SELECT actor, database_role, action, status_after FROM contract_audit ORDER BY audit_number DESC LIMIT 1',
        );
        const { rows: sessions } = await client.query('SELECT session_user AS role');
        const { role } = sessions[0];
        expect(rows).toEqual([
          { actor: role, database_role: role, action: 'status_changed', status_after: 'DEPRECATED' },
        ]);
      }));
  });
});
