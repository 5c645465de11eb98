/** Least privilege, role by role: what the calls of each need, and nothing else. Each role does what the one before does. */
import { STATE_INDEX, TABLES } from '../src/adapters/dynamodb/table-layout.ts';

export const ROLES = ['Reader', 'Writer', 'Operator'] as const;
export type Role = (typeof ROLES)[number];

interface Grant {
  /** What it is for. */
  readonly sid: string;
  /** Without the service's name. */
  readonly actions: readonly string[];
  /** Tables and indexes of DynamoDB; of S3 the bucket, or its objects. */
  readonly on: readonly string[];
}

type Grants = Readonly<Record<Role, readonly Grant[]>>;

const ENTITIES_BY_STATE = `${STATE_INDEX.table}/index/${STATE_INDEX.name}`;

const ON_TABLES: Grants = {
  Reader: [
    { sid: 'Get', actions: ['BatchGetItem'], on: ['rawdata', 'slices', 'pipeline', 'contracts'] },
    { sid: 'List', actions: ['Query'], on: ['rawdata', 'pipeline', ENTITIES_BY_STATE, 'slice_inverted_index'] },
  ],
  Writer: [
    { sid: 'GetChangeSets', actions: ['BatchGetItem'], on: ['changesets'] },
    { sid: 'Put', actions: ['PutItem'], on: TABLES },
    { sid: 'CheckHeadsAndPayloads', actions: ['ConditionCheckItem'], on: ['pipeline'] },
    { sid: 'RaiseSliceEpochs', actions: ['UpdateItem'], on: ['slices'] },
    { sid: 'SweepIndex', actions: ['DeleteItem'], on: ['slice_inverted_index'] },
  ],
  Operator: [
    { sid: 'ListForErasure', actions: ['Query'], on: ['changesets', 'slices'] },
    { sid: 'RaiseHeadEpochsAndEraseHeads', actions: ['UpdateItem'], on: ['pipeline'] },
    { sid: 'CollectSlices', actions: ['DeleteItem'], on: ['slices'] },
    {
      sid: 'MakeAndCheckTables',
      actions: ['CreateTable', 'DescribeTable', 'UpdateContinuousBackups', 'DescribeContinuousBackups'],
      on: TABLES,
    },
  ],
};

const BUCKET = 'BUCKET';
const OBJECTS = 'BUCKET/PREFIX*';

const ON_BUCKET: Grants = {
  Reader: [
    { sid: 'Get', actions: ['GetObject'], on: [OBJECTS] },
    // Without it S3 says of what is missing that it is forbidden.
    { sid: 'List', actions: ['ListBucket'], on: [BUCKET] },
  ],
  Writer: [{ sid: 'Put', actions: ['PutObject'], on: [OBJECTS] }],
  Operator: [{ sid: 'CollectAndErase', actions: ['DeleteObject'], on: [OBJECTS] }],
};

/** Grants, the service's name before their actions, and how it names resources. */
const SERVICES = {
  dynamodb: { grants: ON_TABLES, arn: 'arn:aws:dynamodb:REGION:ACCOUNT:table/slicewise-' },
  s3: { grants: ON_BUCKET, arn: 'arn:aws:s3:::' },
} as const;

export type AwsService = keyof typeof SERVICES;

/** A role's policy as IAM takes it. */
export function policyText(service: AwsService, role: Role): string {
  const { arn } = SERVICES[service];
  const Statement = grantsOf(service, role).map(({ sid, actions, on }) => ({
    Sid: sid,
    Effect: 'Allow',
    Action: actions.map((action) => `${service}:${action}`),
    Resource: on.map((resource) => arn + resource),
  }));
  return `${JSON.stringify({ Version: '2012-10-17', Statement }, undefined, 2)}\n`;
}

/** What a role may do: `PutItem rawdata`, one for each action on each resource. */
export function permissionsOf(service: AwsService, role: Role): readonly string[] {
  return grantsOf(service, role).flatMap(({ actions, on }) =>
    actions.flatMap((action) => on.map((resource) => `${action} ${resource}`)),
  );
}

function grantsOf(service: AwsService, role: Role): readonly Grant[] {
  const { grants } = SERVICES[service];
  return ROLES.slice(0, ROLES.indexOf(role) + 1).flatMap((each) => grants[each]);
}
