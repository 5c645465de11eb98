/**
 * The tables of a DynamoDB store as CloudFormation and Terraform, from the definition that `createTables` uses, and the
 * policies of each role on tables and buckets. Run to write them into their pages; a test compares.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { tableDefinition } from '../src/adapters/dynamodb/create-tables.ts';
import { STATE_INDEX, TABLES, type Table } from '../src/adapters/dynamodb/table-layout.ts';
import { type AwsService, policyText, ROLES, type Role } from './aws-policies.ts';

const PAGES = join(import.meta.dirname, '../docs/reference');

export interface Template {
  /** The page under `docs/reference/` that shows it. */
  readonly page: string;
  /** The heading above its code block. */
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

export function listTemplates(): readonly Template[] {
  return [
    { page: 'dynamodb/cloudformation.md', heading: '# CloudFormation', language: 'yaml', text: cloudFormation() },
    { page: 'dynamodb/terraform.md', heading: '# Terraform', language: 'hcl', text: terraform() },
    ...ROLES.map((role) => policyTemplate('dynamodb', 'dynamodb/iam.md', role)),
    ...ROLES.map((role) => policyTemplate('s3', 's3.md', role)),
  ];
}

function policyTemplate(service: AwsService, page: string, role: Role): Template {
  return { page, heading: `## ${role}`, language: 'json', text: policyText(service, role) };
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
