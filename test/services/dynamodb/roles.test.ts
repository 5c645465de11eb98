/** The policies of the reference page: what each role's calls need is allowed, and nothing that no call needs. */
import { beforeAll, describe, expect, it } from 'vitest';
import { permissionsOf, ROLES, type Role } from '../../../scripts/aws-policies.ts';
import { checkTables, createTables, openDynamoDbStore } from '../../../src/adapters/dynamodb/index.ts';
import { createMemoryPayloadStore } from '../../../src/adapters/memory/index.ts';
import {
  goOnAsWriter,
  leaveRemains,
  type OperatorReport,
  workAsOperator,
  workAsReader,
  workAsWriter,
} from '../../support/role-work.ts';
import { describeService } from '../../support/services/describe-service.ts';
import { freshAccess, localClient } from '../../support/services/dynamodb/empty-store.ts';
import { intercept, type SentRequest } from '../../support/services/dynamodb/middleware.ts';

describeService('dynamodb', (url) => {
  const { tablePrefix } = freshAccess(url);
  /** What each role asked for: `PutItem rawdata`. */
  const asked: Readonly<Record<Role, Set<string>>> = { Reader: new Set(), Writer: new Set(), Operator: new Set() };
  let report: OperatorReport;

  function accessOf(role: Role) {
    const client = localClient(url);
    intercept(client, (request, send) => {
      for (const permission of permissionsFor(request, tablePrefix)) asked[role].add(permission);
      return BACKUP_ANSWERS[request.operation] ?? send();
    });
    return { client, tablePrefix };
  }

  beforeAll(async () => {
    const payloadStore = createMemoryPayloadStore();
    const open = async (role: Role) => ({ store: await openDynamoDbStore(accessOf(role)), payloadStore });
    await createTables(accessOf('Operator'));
    expect(await checkTables(accessOf('Operator'))).toEqual([]);
    const [reader, writer, operator] = [await open('Reader'), await open('Writer'), await open('Operator')];
    await workAsWriter(writer);
    await workAsReader(reader);
    await leaveRemains(writer);
    report = await workAsOperator(operator);
    await goOnAsWriter(writer);
    for (const { store } of [reader, writer, operator]) await store.close();
  });

  describe('the policy of the reference page', () => {
    it.each(ROLES)(
      'allows all that the role asks for, and nothing that neither it nor a lesser one does: %s',
      (role) => {
        const lesser = ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap((each) => [...asked[each]]);
        expect([...new Set(permissionsOf('dynamodb', role))].toSorted()).toEqual([...new Set(lesser)].toSorted());
      },
    );

    it('was held against work that collects and erases something', () => {
      expect(report).toMatchObject({ payloads: 1, slices: 1 });
      expect(report.erasedSlices).toBeGreaterThan(0);
    });
  });
});

/** DynamoDB Local knows backups only by name. */
const BACKUP_ANSWERS: Readonly<Record<string, Promise<unknown>>> = {
  UpdateContinuousBackups: Promise.resolve({ $metadata: {} }),
  DescribeContinuousBackups: Promise.resolve({
    $metadata: {},
    ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
  }),
};

/** What IAM asks about a request: of a batch for each table, of a transaction for each of its parts. */
function permissionsFor({ operation, input }: SentRequest, prefix: string): readonly string[] {
  const { TableName, IndexName, RequestItems, TransactItems } = input as RequestParts;
  const onTable = (action: string, name = '') => `${action} ${name.slice(prefix.length)}`;
  if (RequestItems) return Object.keys(RequestItems).map((name) => onTable(operation, name));
  if (TransactItems) {
    return TransactItems.flatMap((item) =>
      Object.entries(item).map(([part, target]) => onTable(`${part}Item`, target.TableName)),
    );
  }
  return [onTable(operation, TableName) + (IndexName === undefined ? '' : `/index/${IndexName}`)];
}

/** The SDK's inputs, as far as they say what is asked for. */
interface RequestParts {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[];
}
