import { contractError, isSlicewiseError, type SlicewiseError } from '../errors.ts';
import { compileRuleSet } from './compile-rule-set.ts';
import { compileSchema } from './compile-schema.ts';
import { compileView } from './compile-view.ts';
import type { CompiledRuleSet, CompiledSchema } from './compiled-contracts.ts';
import { type ContractIndex, contractName, type IndexedContract } from './contract-index.ts';
import { type ContractRefText, formatRef, parseRef } from './contract-ref.ts';
import { type Contract, parseContract } from './parse-contract.ts';
import type { ContractKind } from './registered-contract.ts';
import { ruleSetCycle } from './rule-set-cycle.ts';
import { referencesOf } from './rule-set-references.ts';
import { assertUsable, gateRuleSet, gateView } from './status-gate.ts';

type ContractOf<Kind extends ContractKind> = Extract<Contract, { kind: Kind }>;

/**
 * What keeps contracts of a registry from running, by their names: each that is ACTIVE or DEPRECATED is parsed, linked
 * with what it refers to and proved sound; an ACTIVE one may refer only to what may run. DRAFT and ARCHIVED ones run
 * nowhere, however unfinished they are.
 */
export function refusalsIn(index: ContractIndex): ReadonlyMap<string, SlicewiseError> {
  const linker = new ContractLinker(index);
  const refusals = new Map<string, SlicewiseError>();
  for (const [name, contract] of index) {
    if (contract.status === 'DRAFT' || contract.status === 'ARCHIVED') continue;
    try {
      linker.check(contract);
    } catch (error) {
      if (!isSlicewiseError(error)) throw error;
      refusals.set(name, error);
    }
  }
  return refusals;
}

/** Links contracts of one index, each once. */
class ContractLinker {
  readonly #index: ContractIndex;
  readonly #schemas = new Map<ContractRefText, CompiledSchema>();
  readonly #ruleSets = new Map<ContractRefText, CompiledRuleSet>();

  constructor(index: ContractIndex) {
    this.#index = index;
  }

  check({ kind, ref, status }: IndexedContract): void {
    const isActive = status === 'ACTIVE';
    switch (kind) {
      case 'Schema': {
        const schema = this.#schema(formatRef(ref));
        if (isActive) assertUsable(schema, { usedBy: 'publishing', allowDeprecated: false });
        return;
      }
      case 'RuleSet': {
        const ruleSet = this.#ruleSet(formatRef(ref), []);
        if (isActive) gateRuleSet(ruleSet);
        return;
      }
      case 'View': {
        const contract = this.#parsed(kind, formatRef(ref));
        const view = compileView(contract, this.#ruleSet(formatRef(parseRef(contract.definition.ruleSetRef)), []));
        if (isActive) gateView(view);
      }
    }
  }

  #schema(ref: ContractRefText): CompiledSchema {
    const known = this.#schemas.get(ref);
    if (known !== undefined) return known;
    const contract = this.#parsed('Schema', ref);
    const { origin, locate } = contract.registered;
    const { entityType, schema: jsonSchema } = contract.definition;
    const schema = compileSchema({ ...contract, origin, locate, entityType, schema: jsonSchema });
    this.#schemas.set(ref, schema);
    return schema;
  }

  #ruleSet(ref: ContractRefText, path: readonly ContractRefText[]): CompiledRuleSet {
    const known = this.#ruleSets.get(ref);
    if (known !== undefined) return known;
    if (path.includes(ref)) throw ruleSetCycle([...path.slice(path.indexOf(ref)), ref]);
    const contract = this.#parsed('RuleSet', ref);
    const { schema, joinSchemas, joinRuleSets } = referencesOf(contract);
    const ruleSet = compileRuleSet(contract, {
      schema: this.#schema(schema),
      joinSchemas: new Map(joinSchemas.map((each) => [each, this.#schema(each)])),
      joinRuleSets: new Map(joinRuleSets.map((each) => [each, this.#ruleSet(each, [...path, ref])])),
    });
    this.#ruleSets.set(ref, ruleSet);
    return ruleSet;
  }

  #parsed<Kind extends ContractKind>(kind: Kind, ref: ContractRefText): ContractOf<Kind> {
    const found = this.#index.get(contractName(kind, parseRef(ref)));
    if (found === undefined) throw unknownContract(kind, ref);
    // It was found under its kind.
    return parseContract(found.registered) as ContractOf<Kind>;
  }
}

export function unknownContract(kind: ContractKind, ref: ContractRefText): SlicewiseError {
  return contractError(
    'contract.unknown',
    `${kind} ${ref}: expected it in the registry, found none. Mend the ref, or publish the contract.`,
    { kind, ref },
  );
}
