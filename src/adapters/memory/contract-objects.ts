import { canonicalText } from '../../domain/canonical/canonicalize.ts';
import { freezeJson } from '../../domain/canonical/freeze-json.ts';
import { parseJson } from '../../domain/canonical/parse-json.ts';
import { contractName, contractsOfKind, indexContracts } from '../../domain/contracts/contract-index.ts';
import { locateProblem, refusalOf } from '../../domain/contracts/contract-problem.ts';
import { plainJsonProblem } from '../../domain/contracts/parse-contract.ts';
import type { RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { isSlicewiseError } from '../../domain/errors.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';

/**
 * Contracts handed over in code, as plain JSON objects. They are copied: later changes of theirs reach nobody.
 *
 * @throws `contract.invalid` (also: not plain JSON), `contract.kind_unknown`, `contract.duplicate`
 */
export function createObjectRegistry(contracts: readonly unknown[]): ContractRegistry {
  const index = indexContracts(contracts.map((contract, position) => register(contract, `object ${position + 1}`)));
  return {
    name: 'contracts in memory',
    revision: 0,
    get: async (kind, ref) => index.get(contractName(kind, ref))?.registered,
    list: async (kind) => contractsOfKind(index, kind),
  };
}

function register(contract: unknown, origin: string): RegisteredContract {
  const locate = (): undefined => undefined;
  try {
    return { document: freezeJson(parseJson(canonicalText(contract))), origin, locate };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const problem = plainJsonProblem(error.details['pointer'], error.message);
    throw refusalOf(origin, [locateProblem(problem, { document: null, origin, locate })]);
  }
}
