import type { ContentHash } from '../../domain/canonical/hash.ts';
import { compileView } from '../../domain/contracts/compile-view.ts';
import type { ContractStatus } from '../../domain/contracts/compiled-contracts.ts';
import { type ContractRefText, formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { type Contract, parseContract } from '../../domain/contracts/parse-contract.ts';
import {
  CONTRACT_KINDS,
  type ContractKind,
  type RegisteredContract,
} from '../../domain/contracts/registered-contract.ts';
import { assertUsable, gateRuleSet, gateView } from '../../domain/contracts/status-gate.ts';
import type { ErrorReport } from '../../domain/errors.ts';
import type { ContractCatalogue } from '../../flows/runtime/contract-catalogue.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import { attempt } from '../attempt.ts';
import { createDetachedCatalogue } from './find-schema.ts';

/** What became of one contract. */
export interface ContractVerdict {
  readonly kind: ContractKind;
  /** `null` where it has none that can be read. */
  readonly ref: ContractRefText | null;
  readonly status: ContractStatus | null;
  readonly contentHash: ContentHash | null;
  readonly origin: string;
  readonly error: ErrorReport | null;
  readonly warnings: readonly string[];
}

/**
 * Checks every contract of a registry: its form, what it refers to, its proofs, and, where it is ACTIVE, whether what
 * it refers to may run. Ordered by kind, id and version.
 *
 * @throws `contract.unreadable`, `contract.duplicate` and the like, where not even a list of them can be made
 */
export async function validateContracts(registry: ContractRegistry): Promise<readonly ContractVerdict[]> {
  const catalogue = await createDetachedCatalogue(registry);
  const verdicts: ContractVerdict[] = [];
  for (const kind of CONTRACT_KINDS) {
    for (const registered of await registry.list(kind)) verdicts.push(await judge(kind, registered, catalogue));
  }
  return verdicts;
}

async function judge(
  kind: ContractKind,
  registered: RegisteredContract,
  catalogue: ContractCatalogue,
): Promise<ContractVerdict> {
  const { origin } = registered;
  const unread = { kind, ref: null, status: null, contentHash: null, origin, warnings: [] };
  const parsed = await attempt(() => parseContract(registered));
  if ('error' in parsed) return { ...unread, error: parsed.error };
  const contract = parsed.value;
  const read = {
    kind,
    ref: formatRef(contract.ref),
    status: contract.status,
    contentHash: contract.contentHash,
    origin,
  };
  const compiled = await attempt(() => compile(contract, catalogue));
  if ('error' in compiled) return { ...read, error: compiled.error, warnings: [] };
  return { ...read, error: null, warnings: compiled.value };
}

/** Compiles a contract, and answers what its use would warn of. */
async function compile(contract: Contract, catalogue: ContractCatalogue): Promise<readonly string[]> {
  const isActive = contract.status === 'ACTIVE';
  switch (contract.kind) {
    case 'Schema': {
      const schema = await catalogue.schemaFor('', formatRef(contract.ref));
      if (isActive) assertUsable(schema, { usedBy: 'validate', allowDeprecated: false });
      return [];
    }
    case 'RuleSet': {
      const ruleSet = await catalogue.ruleSet(contract.ref);
      return isActive ? gateRuleSet(ruleSet) : ruleSet.warnings;
    }
    case 'View': {
      const view = compileView(contract, await catalogue.ruleSet(parseRef(contract.definition.ruleSetRef)));
      return isActive ? gateView(view) : view.warnings;
    }
  }
}
