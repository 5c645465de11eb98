import { contractError, type SlicewiseError } from '../errors.ts';
import { compileRuleSet, type LinkedContracts } from './compile-rule-set.ts';
import { compileSchema } from './compile-schema.ts';
import type { CompiledRuleSet, CompiledSchema } from './compiled-contracts.ts';
import { type ContractIndex, contractName } from './contract-index.ts';
import { type ContractRefText, parseRef } from './contract-ref.ts';
import { type Contract, parseContract, type RuleSetContract, type ViewContract } from './parse-contract.ts';
import type { ContractKind, RegisteredContract } from './registered-contract.ts';
import { ruleSetCycle } from './rule-set-cycle.ts';
import { referencesOf } from './rule-set-references.ts';

type ContractOf<Kind extends ContractKind> = Extract<Contract, { kind: Kind }>;

/** Makes a rule set of what is registered; `link` finds and compiles what it refers to. */
export type RuleSetCompiler = (
  registered: RegisteredContract,
  link: (contract: RuleSetContract) => LinkedContracts,
) => CompiledRuleSet;

/** Links contracts of one index, each once. */
export class ContractLinker {
  readonly #index: ContractIndex;
  readonly #compile: RuleSetCompiler;
  readonly #schemas = new Map<ContractRefText, CompiledSchema>();
  readonly #ruleSets = new Map<ContractRefText, CompiledRuleSet>();

  constructor(index: ContractIndex, compile: RuleSetCompiler = compileAsWritten) {
    this.#index = index;
    this.#compile = compile;
  }

  schema(ref: ContractRefText): CompiledSchema {
    const known = this.#schemas.get(ref);
    if (known !== undefined) return known;
    const contract = parsedAs<'Schema'>(this.#find('Schema', ref));
    const { origin, locate } = contract.registered;
    const { entityType, schema: jsonSchema } = contract.definition;
    const schema = compileSchema({ ...contract, origin, locate, entityType, schema: jsonSchema });
    this.#schemas.set(ref, schema);
    return schema;
  }

  ruleSet(ref: ContractRefText): CompiledRuleSet {
    return this.#ruleSet(ref, []);
  }

  /** Parsed alone: a view is nobody's source. */
  view(ref: ContractRefText): ViewContract {
    return parsedAs<'View'>(this.#find('View', ref));
  }

  #ruleSet(ref: ContractRefText, path: readonly ContractRefText[]): CompiledRuleSet {
    const known = this.#ruleSets.get(ref);
    if (known !== undefined) return known;
    if (path.includes(ref)) throw ruleSetCycle([...path.slice(path.indexOf(ref)), ref]);
    const ruleSet = this.#compile(this.#find('RuleSet', ref), (contract) => this.#link(contract, [...path, ref]));
    this.#ruleSets.set(ref, ruleSet);
    return ruleSet;
  }

  #link(contract: RuleSetContract, path: readonly ContractRefText[]): LinkedContracts {
    const { schema, joinSchemas, joinRuleSets } = referencesOf(contract);
    return {
      schema: this.schema(schema),
      joinSchemas: new Map(joinSchemas.map((each) => [each, this.schema(each)])),
      joinRuleSets: new Map(joinRuleSets.map((each) => [each, this.#ruleSet(each, path)])),
    };
  }

  #find(kind: ContractKind, ref: ContractRefText): RegisteredContract {
    const found = this.#index.get(contractName(kind, parseRef(ref)));
    if (found === undefined) throw unknownContract(kind, ref);
    return found.registered;
  }
}

function compileAsWritten(
  registered: RegisteredContract,
  link: (contract: RuleSetContract) => LinkedContracts,
): CompiledRuleSet {
  const contract = parsedAs<'RuleSet'>(registered);
  return compileRuleSet(contract, link(contract));
}

function parsedAs<Kind extends ContractKind>(registered: RegisteredContract): ContractOf<Kind> {
  // It was found under its kind.
  return parseContract(registered) as ContractOf<Kind>;
}

function unknownContract(kind: ContractKind, ref: ContractRefText): SlicewiseError {
  return contractError(
    'contract.unknown',
    `${kind} ${ref}: expected it in the registry, found none. Mend the ref, or publish the contract.`,
    { kind, ref },
  );
}
