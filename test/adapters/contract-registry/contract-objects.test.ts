import { describe, expect, it } from 'vitest';
import { createObjectRegistry } from '../../../src/adapters/memory/contract-objects.ts';
import { describeContractRegistry, schemaDocument } from '../../conformance/contract-registry.suite.ts';

describeContractRegistry(
  { describe, it },
  { name: 'over objects', open: async (documents) => createObjectRegistry(documents) },
);

describe('the contract registry over objects', () => {
  it('keeps what it was given, whatever becomes of the objects', async () => {
    const document = schemaDocument();
    const registry = createObjectRegistry([document]);
    document['entityType'] = 'maker';
    expect((await registry.list('Schema'))[0]?.document).toEqual(schemaDocument());
  });

  it('says which object a contract is', async () => {
    const registry = createObjectRegistry([schemaDocument({ id: 'b' }), schemaDocument({ id: 'a' })]);
    expect((await registry.list('Schema')).map(({ origin }) => origin)).toEqual(['object 2', 'object 1']);
  });

  it('never answers otherwise', () => {
    expect(createObjectRegistry([]).revision).toBe(0);
  });

  it.each<[string, unknown, string]>([
    ['a date', new Date(0), '/schema/since'],
    ['undefined', undefined, '/schema/since'],
    ['a function', () => 1, '/schema/since'],
    ['NaN', Number.NaN, '/schema/since'],
  ])('refuses %s in a contract, with its place', (_, since, pointer) => {
    const open = () => createObjectRegistry([schemaDocument({ schema: { type: 'object', since } })]);
    expect(open).toThrow(
      expect.objectContaining({
        code: 'contract.invalid',
        details: expect.objectContaining({ problems: [expect.objectContaining({ pointer, origin: 'object 1' })] }),
      }),
    );
  });
});
