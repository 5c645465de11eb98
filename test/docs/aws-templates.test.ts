import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blockUnder, listTemplates, type Template } from '../../scripts/aws-templates.ts';
import { tableDefinition } from '../../src/adapters/dynamodb/create-tables.ts';
import { TABLES } from '../../src/adapters/dynamodb/table-layout.ts';

const templates = listTemplates().map((template) => ({ ...template, title: `${template.page}, ${template.heading}` }));

function templateIn(page: string): Template {
  const template = templates.find((one) => one.page === page);
  if (template === undefined) throw new Error(`expected a template in ${page}, found none.`);
  return template;
}

describe('the templates for AWS', () => {
  it.each(templates)('are in the documentation as they follow from the code: $title', (template) => {
    expect(blockUnder(template)).toBe(template.text);
  });

  it('make every table in CloudFormation as createTables does, and keep it', () => {
    const { Resources } = parse(templateIn('dynamodb/cloudformation.md').text);
    const made = Object.values<Record<string, unknown>>(Resources);
    expect(made.length).toBe(TABLES.length);
    for (const [index, table] of TABLES.entries()) {
      const { TableName: _, StreamSpecification, ...definition } = tableDefinition('slicewise-', table);
      expect(made[index]).toEqual({
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          TableName: { 'Fn::Sub': `\${TablePrefix}${table}` },
          ...definition,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          StreamSpecification: { StreamViewType: StreamSpecification?.StreamViewType },
        },
      });
    }
  });

  it('make every table in Terraform, with its index', () => {
    const { text } = templateIn('dynamodb/terraform.md');
    for (const table of TABLES) expect(text).toContain(`resource "aws_dynamodb_table" "${table}" {`);
    expect(text.match(/deletion_protection_enabled = true/g)?.length).toBe(TABLES.length);
    expect(text.match(/point_in_time_recovery/g)?.length).toBe(TABLES.length);
    expect(text.match(/global_secondary_index/g)?.length).toBe(1);
  });

  it('allow no role to delete a table or to scan one, nor what goes by a pattern of names', () => {
    for (const { text } of templates.filter(({ language }) => language === 'json')) {
      expect(text).not.toMatch(/DeleteTable|DeleteBucket|Scan|(dynamodb|s3):\w*\*/);
    }
  });
});
