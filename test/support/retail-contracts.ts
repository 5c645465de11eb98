import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/domain/canonical/json-value.ts';

const CONTRACTS = join(import.meta.dirname, '../../examples/data/contracts');

export const CATEGORY_RULES = 'retail-category-tree@1.0.0';

/** The sample contracts for categories that join their parents, but for what a child without its parent comes to. */
export function retailContracts(missing: string): readonly JsonObject[] {
  const files = globSync('retail-category*.yaml', { cwd: CONTRACTS });
  return files.map((file) => {
    // The sample contracts are ours.
    const contract = parse(readFileSync(join(CONTRACTS, file), 'utf8')) as JsonObject & { joins?: JsonObject[] };
    if (contract.joins === undefined) return contract;
    return { ...contract, joins: contract.joins.map((rule) => ({ ...rule, missing })) };
  });
}
