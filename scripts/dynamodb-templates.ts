/**
 * The tables of a DynamoDB store as CloudFormation and Terraform, and what may be done with them as IAM policies: all from
 * the definition that `createTables` uses. Run to write them into their pages; a test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { tableDefinition } from '../src/adapters/dynamodb/create-tables.ts';
import { STATE_INDEX, TABLES, type Table } from '../src/adapters/dynamodb/table-layout.ts';

const PAGES = join(import.meta.dirname, '../docs/reference/dynamodb');

export interface Template {
  /** The page under `docs/reference/dynamodb/` that shows it. */
  readonly page: string;
  /** The heading above its code block. */
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

export function listTemplates(): readonly Template[] {
  return [
    { page: 'cloudformation.md', heading: '# CloudFormation', language: 'yaml', text: cloudFormation() },
    { page: 'terraform.md', heading: '# Terraform', language: 'hcl', text: terraform() },
    ...POLICIES.map(({ role, statements }) => ({
      page: 'iam.md',
      heading: `## ${role}`,
      language: 'json',
      text: `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)}\n`,
    })),
  ];
}

/** The code block under a heading of a page, with its fences taken off; `''` where there is none. */
export function blockUnder({ page, heading, language }: Template): string {
  const text = readPage(page);
  const start = text.indexOf(`\`\`\`${language}\n`, text.indexOf(`${heading}\n`));
  return start < 0 ? '' : text.slice(text.indexOf('\n', start) + 1, text.indexOf('```', start + 3));
}

function cloudFormation(): string {
  const resources = TABLES.map((table) => {
    const { TableName: _, DeletionProtectionEnabled, StreamSpecification, ...rest } = tableDefinition('', table);
    const properties = {
      TableName: { 'Fn::Sub': `\${TablePrefix}${table}` },
      ...rest,
      DeletionProtectionEnabled,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
    };
    const kept = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
    return [logicalName(table), { Type: 'AWS::DynamoDB::Table', ...kept, Properties: properties }] as const;
  });
  return stringify({
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'The tables of a slicewise store.',
    Parameters: { TablePrefix: { Type: 'String', Default: 'slicewise-' } },
    Resources: Object.fromEntries(resources),
  });
}

/** `slice_inverted_index` → `SliceInvertedIndexTable`. */
function logicalName(table: Table): string {
  const words = table.split('_').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
  return `${words.join('')}Table`;
}

function terraform(): string {
  const variable = 'variable "table_prefix" {\n  type    = string\n  default = "slicewise-"\n}\n';
  return [variable, ...TABLES.map(terraformTable)].join('\n');
}

function terraformTable(table: Table): string {
  const definition = tableDefinition('', table);
  const attributes = (definition.AttributeDefinitions ?? []).map(
    ({ AttributeName, AttributeType }) =>
      `  attribute {\n    name = "${AttributeName}"\n    type = "${AttributeType}"\n  }\n`,
  );
  const index =
    table === STATE_INDEX.table
      ? [
          `  global_secondary_index {\n    name            = "${STATE_INDEX.name}"\n    hash_key        = "${STATE_INDEX.pk}"\n` +
            `    range_key       = "${STATE_INDEX.sk}"\n    projection_type = "KEYS_ONLY"\n  }\n`,
        ]
      : [];
  return [
    `resource "aws_dynamodb_table" "${table}" {\n` +
      `  name                        = "\${var.table_prefix}${table}"\n` +
      `  billing_mode                = "${definition.BillingMode}"\n` +
      `  hash_key                    = "pk"\n` +
      `  range_key                   = "sk"\n` +
      `  deletion_protection_enabled = ${definition.DeletionProtectionEnabled}\n` +
      `  stream_enabled              = ${definition.StreamSpecification?.StreamEnabled}\n` +
      `  stream_view_type            = "${definition.StreamSpecification?.StreamViewType}"\n`,
    ...attributes,
    ...index,
    '  point_in_time_recovery {\n    enabled = true\n  }\n\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n',
  ].join('\n');
}

interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

const READ: Statement = allow('Read', ['BatchGetItem', 'Query'], TABLES, [STATE_INDEX.name]);

const WRITE: readonly Statement[] = [
  allow('Write', ['PutItem', 'ConditionCheckItem'], TABLES),
  allow('RaiseSliceEpochs', ['UpdateItem'], ['slices']),
  allow('SweepHints', ['DeleteItem'], ['slice_inverted_index']),
];

/** Least privilege: what each role's calls need, and nothing else. */
const POLICIES: readonly { readonly role: string; readonly statements: readonly Statement[] }[] = [
  { role: 'Reader', statements: [READ] },
  { role: 'Writer', statements: [READ, ...WRITE] },
  {
    role: 'Operator',
    statements: [
      READ,
      ...WRITE,
      allow('CollectAndErase', ['UpdateItem', 'DeleteItem'], ['slices', 'pipeline']),
      allow('Tables', ['CreateTable', 'DescribeTable', 'UpdateContinuousBackups', 'DescribeContinuousBackups'], TABLES),
    ],
  },
];

function allow(
  sid: string,
  actions: readonly string[],
  tables: readonly Table[],
  indexes: readonly string[] = [],
): Statement {
  const arns = tables.flatMap((table) => {
    const arn = `arn:aws:dynamodb:REGION:ACCOUNT:table/slicewise-${table}`;
    return table === STATE_INDEX.table ? [arn, ...indexes.map((index) => `${arn}/index/${index}`)] : [arn];
  });
  return { Sid: sid, Effect: 'Allow', Action: actions.map((action) => `dynamodb:${action}`), Resource: arns };
}

function readPage(page: string): string {
  return readFileSync(join(PAGES, page), 'utf8');
}

if (import.meta.main) {
  for (const template of listTemplates()) {
    const text = readPage(template.page);
    const fence = `\`\`\`${template.language}\n`;
    const start = text.indexOf(fence, text.indexOf(`${template.heading}\n`)) + fence.length;
    writeFileSync(
      join(PAGES, template.page),
      text.slice(0, start) + template.text + text.slice(text.indexOf('```', start)),
    );
  }
}
