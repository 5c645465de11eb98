import { hashCanonical } from '../../../src/domain/canonical/hash.ts';
import type { CompiledRuleSet, CompiledSchema } from '../../../src/domain/contracts/compiled-contracts.ts';
import { parseSelector } from '../../../src/domain/contracts/parse-selector.ts';
import { buildSchema } from '../schema/build-schema.ts';

export interface RuleSetParts {
  readonly schema?: CompiledSchema;
  /** Slice types. */
  readonly types?: readonly string[];
  /** Selector → slice types. */
  readonly impactMap?: Readonly<Record<string, readonly string[]>>;
  readonly onNoMatch?: CompiledRuleSet['onNoMatch'];
}

/** A rule set with just what a ChangeSet looks at; by default everything concerns its one slice type. */
export function buildRuleSet(parts: RuleSetParts = {}): CompiledRuleSet {
  const { schema = buildSchema({}), types = ['CORE'], impactMap = {}, onNoMatch = 'FULL_REBUILD' } = parts;
  const document = { kind: 'RuleSet', id: 'product-core', version: '1.3.0' };
  return {
    kind: 'RuleSet',
    ref: { id: 'product-core', version: '1.3.0' },
    contentHash: hashCanonical(document),
    status: 'ACTIVE',
    document,
    entityType: 'product',
    schema,
    slices: types.map((type) => ({ type, when: null, fields: [], joins: [] })),
    joins: [],
    impactMap: Object.entries(impactMap).map(([path, slices]) => ({ selector: parseSelector(path), slices })),
    onNoMatch,
    indexes: [],
    contracts: [],
    warnings: [],
  };
}
