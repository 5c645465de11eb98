import * as yaml from 'yaml';
import { editContract } from '../../../src/adapters/files/contract-edit/edit-contract.ts';
import type { JsonValue } from '../../../src/domain/canonical/json-value.ts';
import { type ListAddition, withAdditions } from '../../../src/domain/contracts/list-addition.ts';

export const REF = { id: 'rules', version: '1.0.0' };
const AFTER: Readonly<Record<string, readonly string[]>> = {
  impactMap: ['slices', 'joins'],
  joinImpact: ['joinProjection', 'missing', 'keyAbsent'],
  slices: ['path'],
  indexes: ['slices', 'joins', 'impactMap', 'onNoMatch'],
};

export function adding(pointer: string, ...items: readonly JsonValue[]): ListAddition {
  return { pointer, items, after: AFTER[pointer.split('/').at(-1) ?? ''] ?? [] };
}

function isRules(document: unknown): document is JsonValue {
  return typeof document === 'object' && document !== null && 'id' in document && document.id === REF.id;
}

export function edit(text: string, additions: readonly ListAddition[], origin = 'rules.yaml'): string {
  const document = yaml
    .parseAllDocuments(text)
    .map((each) => each.toJS())
    .find(isRules);
  if (document === undefined) throw new Error('no rules in the text');
  return editContract(yaml, text, origin, {
    kind: 'RuleSet',
    ref: REF,
    additions,
    completed: withAdditions(document, additions),
  });
}
