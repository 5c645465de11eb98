/** The policies of the reference page: what each role's calls need is allowed, and nothing that no call needs. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { permissionsOf, ROLES, type Role } from '../../../scripts/aws-policies.ts';
import { createMemoryStore } from '../../../src/adapters/memory/index.ts';
import { createS3PayloadStore } from '../../../src/adapters/s3/index.ts';
import {
  goOnAsWriter,
  leaveRemains,
  type OperatorReport,
  workAsOperator,
  workAsReader,
  workAsWriter,
} from '../../support/role-work.ts';
import { s3ClientOf } from '../../support/s3-client.ts';
import { describeService } from '../../support/services/describe-service.ts';

/** Under another name than the request's own, and on what. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  GetObjectCommand: 'GetObject BUCKET/PREFIX*',
  PutObjectCommand: 'PutObject BUCKET/PREFIX*',
  DeleteObjectCommand: 'DeleteObject BUCKET/PREFIX*',
  ListObjectsV2Command: 'ListBucket BUCKET',
};

/** Nobody but an operator lists; but S3 tells what is missing from what is forbidden only to who may. */
const NOT_ASKED_FOR: Readonly<Record<Role, readonly string[]>> = {
  Reader: ['ListBucket BUCKET'],
  Writer: ['ListBucket BUCKET'],
  Operator: [],
};

describeService('s3', (url) => {
  const asked: Readonly<Record<Role, Set<string>>> = { Reader: new Set(), Writer: new Set(), Operator: new Set() };
  let report: OperatorReport;

  function clientOf(role: Role) {
    const client = s3ClientOf(url);
    client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          asked[role].add(PERMISSIONS[commandName] ?? commandName);
          return next(args);
        },
      { step: 'initialize' },
    );
    return client;
  }

  beforeAll(async () => {
    const bucket = `roles-${process.pid}`;
    await s3ClientOf(url).send(new CreateBucketCommand({ Bucket: bucket }));
    const store = createMemoryStore();
    const open = (role: Role) => ({ store, payloadStore: createS3PayloadStore({ bucket, client: clientOf(role) }) });
    const [reader, writer, operator] = [open('Reader'), open('Writer'), open('Operator')];
    await workAsWriter(writer);
    await workAsReader(reader);
    await leaveRemains(writer);
    report = await workAsOperator(operator);
    await goOnAsWriter(writer);
  });

  describe('the policy of the reference page', () => {
    it.each(ROLES)(
      'allows all that the role asks for, and nothing that neither it nor a lesser one does: %s',
      (role) => {
        const lesser = ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap((each) => [...asked[each]]);
        const needed = new Set([...lesser, ...NOT_ASKED_FOR[role]]);
        expect([...permissionsOf('s3', role)].toSorted()).toEqual([...needed].toSorted());
      },
    );

    it('was held against work that collects and erases payloads', () => {
      expect(report).toMatchObject({ payloads: 1, erasedPayloads: 1 });
    });
  });
});
