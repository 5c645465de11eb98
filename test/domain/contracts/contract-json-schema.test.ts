import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isPlainObject, type JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { contractJsonSchema } from '../../../src/domain/contracts/contract-json-schema.ts';
import { CONTRACT_KINDS } from '../../../src/domain/contracts/registered-contract.ts';
import { sampleDrafts } from './sample-contracts.ts';

const ROOT = join(import.meta.dirname, '../../..');
const WRITTEN = join(ROOT, 'docs/reference/contract.schema.json');
const SAMPLES = globSync(['contracts/**/*.yaml', 'examples/**/*.yaml'], { cwd: ROOT });

const fitsAny = validatorOf(contractJsonSchema());
const { rules, product, view } = sampleDrafts();

describe('the JSON Schema of contracts', () => {
  it.each(SAMPLES)('fits %s', (path) => {
    const document: unknown = parse(readFileSync(join(ROOT, path), 'utf8'));
    expect(fitsAny(document) || fitsAny.errors).toBe(true);
  });

  it.each(SAMPLES)('is named by %s, so that editors use it', (path) => {
    const [, named] = /^# yaml-language-server: \$schema=(.+)\n/.exec(readFileSync(join(ROOT, path), 'utf8')) ?? [];
    expect(join(ROOT, dirname(path), named ?? '')).toBe(WRITTEN);
  });

  it.each(CONTRACT_KINDS)('of kind %s fits that kind alone', (kind) => {
    const fits = validatorOf(contractJsonSchema(kind));
    const documents: readonly JsonObject[] = [rules, product, view];
    expect(documents.filter((document) => fits(document)).map((document) => document['kind'])).toEqual([kind]);
  });

  it.each<[what: string, document: JsonObject]>([
    ['a member that nobody knows', { ...rules, shlices: [] }],
    ['a contract without its status', { ...rules, status: undefined as never }],
    ['a ref without a version', { ...rules, schemaRef: 'product' }],
    ['a slice type that is named RAW', { ...rules, slices: [{ type: 'RAW' }] }],
    ['two conditions in one', { ...rules, slices: [{ type: 'A', when: { exists: 'a', not: { exists: 'b' } } }] }],
    ['a payload that is no object', { ...product, schema: { type: 'array' } }],
    ['a keyword’s value that JSON Schema has not', { ...product, schema: { type: 'object', required: 'title' } }],
  ])('refuses %s', (_, document) => {
    expect(fitsAny(JSON.parse(JSON.stringify(document)))).toBe(false);
  });

  it('says of every member what it is for', () => {
    expect(membersOf(contractJsonSchema()).filter(([, member]) => member['description'] === undefined)).toEqual([]);
  });

  it('lies beside the documents as it is', () => {
    // Made by: npm run -s slicewise -- json-schema > docs/reference/contract.schema.json
    const written: unknown = JSON.parse(readFileSync(WRITTEN, 'utf8'));
    expect(written).toEqual(contractJsonSchema());
  });
});

function validatorOf(schema: JsonObject) {
  return new Ajv2020({ strict: false, allErrors: true }).compile(schema);
}

/** Every member that a schema declares, however deep, by its place. */
function membersOf(schema: unknown, place = ''): readonly (readonly [place: string, member: JsonObject])[] {
  if (Array.isArray(schema)) return schema.flatMap((item, index) => membersOf(item, `${place}/${index}`));
  if (!isPlainObject(schema)) return [];
  return Object.entries(schema).flatMap(([name, value]) => {
    const below = membersOf(value, `${place}/${name}`);
    if (!place.endsWith('/properties') || !isPlainObject(value)) return below;
    return [[`${place}/${name}`, value as JsonObject] as const, ...below];
  });
}
