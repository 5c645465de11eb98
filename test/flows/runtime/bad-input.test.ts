import type { Runtime } from '../../../src/flows/runtime/runtime.ts';
import { ACME, LAMP, PRODUCT_CATALOGUE, productSchema } from '../../support/product-catalogue.ts';
import { type BadInput, describeBadInput, NEXT, PRODUCT } from './bad-input.ts';

const insert = (payload: unknown) => (runtime: Runtime) => runtime.insertRawdata({ ...NEXT, payload });
const insertText = (payloadJson: string | Uint8Array) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...NEXT, payloadJson });
const insertAs = (entityKey: string) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...NEXT, entityKey, payload: LAMP, schemaRef: 'product@2.1.0' });
const insertVersion = (version: number) => (runtime: Runtime) =>
  runtime.insertRawdata({ ...PRODUCT, version, payload: LAMP });
const cyclic: { title: string; self?: unknown } = { title: 'Lamp' };
cyclic.self = cyclic;
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

// `as never` below: what TypeScript would not let through comes from JavaScript all the same.
const PAYLOADS: readonly BadInput[] = [
  {
    what: 'a payload that does not match its schema',
    code: 'rawdata.schema_mismatch',
    names: ['product#P1', 'product@2.1.0', '/price'],
    call: insert({ title: 'Lamp', price: 'cheap' }),
  },
  {
    what: 'a member that the schema does not have',
    code: 'rawdata.schema_mismatch',
    names: ['product#P1', 'colour'],
    call: insert({ title: 'Lamp', colour: 'red' }),
  },
  {
    what: 'a payload that is no object',
    code: 'canonical.not_an_object',
    names: ['object', 'array'],
    call: insert([1]),
  },
  {
    what: 'a keyed array without its key',
    code: 'rawdata.array_key_invalid',
    names: ['/variants/0'],
    call: insert({ variants: [{ price: 1 }] }),
  },
  {
    what: 'a key that stands twice in a keyed array',
    code: 'rawdata.array_key_duplicate',
    names: ['/variants', 'S'],
    call: insert({ variants: [{ sku: 'S' }, { sku: 'S' }] }),
  },
  { what: 'a lone surrogate', code: 'canonical.lone_surrogate', names: ['/title'], call: insert({ title: '\ud800' }) },
  {
    what: 'NaN',
    code: 'canonical.not_finite',
    names: ['/price', 'NaN'],
    call: insert({ title: 'Lamp', price: Number.NaN }),
  },
  {
    what: 'Infinity',
    code: 'canonical.not_finite',
    names: ['/price', 'Infinity'],
    call: insert({ title: 'Lamp', price: Number.POSITIVE_INFINITY }),
  },
  {
    what: 'undefined',
    code: 'canonical.unsupported_type',
    names: ['/title', 'undefined'],
    call: insert({ title: undefined }),
  },
  {
    what: 'a function',
    code: 'canonical.unsupported_type',
    names: ['/title', 'function'],
    call: insert({ title: () => 'Lamp' }),
  },
  { what: 'a bigint', code: 'canonical.unsupported_type', names: ['/price', 'bigint'], call: insert({ price: 1n }) },
  {
    what: 'a Date',
    code: 'canonical.unsupported_type',
    names: ['/title', 'Date'],
    call: insert({ title: new Date(0) }),
  },
  {
    what: 'an object with toJSON',
    code: 'canonical.unsupported_type',
    names: ['/title'],
    call: insert({ title: { toJSON: () => 'Lamp' } }),
  },
  {
    what: 'an array with a hole',
    code: 'canonical.sparse_array',
    names: ['/category_ids/0'],
    call: insert({ category_ids: new Array(2) }),
  },
  { what: 'a cycle', code: 'canonical.cycle', names: ['/self'], call: insert(cyclic) },
  { what: 'more than 256 levels', code: 'canonical.too_deep', names: ['256'], call: insert({ title: nested(300) }) },
  {
    what: 'an integer beyond 2^53',
    code: 'canonical.unsafe_integer',
    names: ['/price', '9007199254740994'],
    call: insert({ price: 2 ** 53 + 2 }),
  },
  {
    what: 'an integer beyond 2^53 in text',
    code: 'canonical.unsafe_integer',
    names: ['/price'],
    call: insertText('{"price":9007199254740993}'),
  },
  {
    what: 'a duplicate member in text',
    code: 'json.duplicate_member',
    names: ['/title'],
    call: insertText('{"title":"a","title":"b"}'),
  },
  {
    what: 'a number that overflows in text',
    code: 'json.number_overflow',
    names: ['/price'],
    call: insertText('{"price":1e999}'),
  },
  { what: 'text that is no JSON', code: 'json.syntax', names: [/position|line|end/i], call: insertText('{"title":') },
  {
    what: 'bytes that are no UTF-8',
    code: 'json.invalid_utf8',
    names: ['UTF-8'],
    call: insertText(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
  },
  {
    what: 'a payload and its deletion at once',
    code: 'rawdata.content_ambiguous',
    names: ['product#P1', 'several'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: LAMP, deleted: true } as never),
  },
  {
    what: 'neither payload nor deletion',
    code: 'rawdata.content_ambiguous',
    names: ['product#P1', 'none'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT } as never),
  },
  {
    what: 'a payload of another entity type',
    code: 'rawdata.entity_type_mismatch',
    names: ['product#P1', 'brand'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, payload: ACME, schemaRef: 'brand@1.0.0' }),
  },
  {
    what: 'a payload that needs a payload store where there is none',
    code: 'payload_store.absent',
    names: ['product#P1', '100 KB'],
    call: insert({ title: 'x'.repeat(100_001) }),
  },
];

const VERSIONS: readonly BadInput[] = [
  { what: 'a version gap', code: 'rawdata.version_gap', names: ['product#P1', '9', '10'], call: insertVersion(10) },
  {
    what: 'a version below the first',
    code: 'rawdata.version_gap',
    names: ['product#P1', '4', 'first version'],
    call: insertVersion(4),
  },
  ...[0, 1.5, 10 ** 10, -1, Number.NaN].map(
    (version): BadInput => ({
      what: `version ${version}`,
      code: 'version.invalid',
      names: ['version', String(version)],
      call: insertVersion(version),
    }),
  ),
  { what: 'a version that is a string', code: 'version.invalid', names: ['"9"'], call: insertVersion('9' as never) },
  {
    what: 'the same version with another payload',
    code: 'rawdata.content_conflict',
    names: ['product#P1 version 8', 'sha256:'],
    call: insertVersion(8),
  },
  {
    what: 'the same version with another schema',
    code: 'rawdata.content_conflict',
    names: ['product@2.1.0', 'product@2.2.0'],
    contracts: [...PRODUCT_CATALOGUE, productSchema({ version: '2.2.0' })],
    call: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 5, payload: LAMP, schemaRef: 'product@2.2.0' }),
  },
  {
    what: 'the same version deleted',
    code: 'rawdata.content_conflict',
    names: ['product#P1 version 8'],
    call: (runtime) => runtime.insertRawdata({ ...PRODUCT, version: 8, deleted: true }),
  },
];

const KEYS: readonly BadInput[] = [
  { what: 'an entityKey without a type', code: 'entity_key.invalid', names: ['#P1', 'empty'], call: insertAs('#P1') },
  {
    what: 'an entityKey without an id',
    code: 'entity_key.invalid',
    names: ['product#', 'empty'],
    call: insertAs('product#'),
  },
  {
    what: 'an entityKey without a separator',
    code: 'entity_key.invalid',
    names: ['"product"'],
    call: insertAs('product'),
  },
  {
    what: 'an entityKey with a # too many',
    code: 'entity_key.invalid',
    names: ['product#P#1'],
    call: insertAs('product#P#1'),
  },
  {
    what: 'an entityKey of 2 KB',
    code: 'entity_key.invalid',
    names: ['2040 bytes', '512'],
    call: insertAs(`product#${'x'.repeat(2040)}`),
  },
  {
    what: 'an entityKey with a control character',
    code: 'entity_key.invalid',
    names: ['\\u0000'],
    call: insertAs('product#\u0000'),
  },
  {
    what: 'an entityKey with a lone surrogate',
    code: 'entity_key.invalid',
    names: ['surrogate'],
    call: insertAs('product#\ud800'),
  },
  { what: 'an entityKey that is no string', code: 'entity_key.invalid', names: ['7'], call: insertAs(7 as never) },
  {
    what: 'a tenant with a #',
    code: 'tenant.invalid',
    names: ['tenantId'],
    call: (runtime) => runtime.insertRawdata({ ...NEXT, tenantId: 'a#b', payload: LAMP }),
  },
  {
    what: 'an empty tenant',
    code: 'tenant.invalid',
    names: ['tenantId', 'empty'],
    call: (runtime) => runtime.listEntities({ tenantId: '' }),
  },
];

describeBadInput('payloads', PAYLOADS);
describeBadInput('versions', VERSIONS);
describeBadInput('keys', KEYS);
