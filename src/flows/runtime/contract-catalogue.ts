import { compareUtf8, sortUtf8 } from '../../domain/canonical/key-order.ts';
import type {
  CompiledRuleSet,
  CompiledSchema,
  CompiledView,
  JoinRule,
} from '../../domain/contracts/compiled-contracts.ts';
import { type ContractRef, type ContractRefText, formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import type { Contract, RuleSetContract } from '../../domain/contracts/parse-contract.ts';
import type { ContractKind, RegisteredContract } from '../../domain/contracts/registered-contract.ts';
import { ruleSetCycle } from '../../domain/contracts/rule-set-cycle.ts';
import { contractError, hasCode } from '../../domain/errors.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Store } from '../../ports/store.ts';
import { ContractBindings } from './contract-bindings.ts';
import { loadRecordedContract } from './recorded-contracts.ts';

/** A join, and the rule set whose slices follow it. */
export interface JoinedBy {
  readonly ruleSet: CompiledRuleSet;
  readonly join: JoinRule;
}

/** Under which contracts a version goes in. */
export interface InsertContracts {
  readonly schema: CompiledSchema;
  /** Those that are to follow it, sorted by ref: one of them that does not load refuses the version before it is in. */
  readonly ruleSets: readonly CompiledRuleSet[];
  /** Whether any rule set joins entities of its type, so that somebody may have to follow the version. */
  readonly isJoined: boolean;
}

/** Contracts as the runtime uses them: found, parsed, linked and proved once, and gated by their status when used. */
export interface ContractCatalogue {
  /** The schema of that ref, or the one ACTIVE Schema of the entity type. @throws `contract.unknown`, `contract.schema_ambiguous` */
  schemaFor(entityType: string, schemaRef: string | undefined): Promise<CompiledSchema>;
  /** Whatever its status: what was committed once may be computed again (L4). @throws `contract.unknown`, `contract.*` */
  ruleSet(ref: ContractRef): Promise<CompiledRuleSet>;
  /** Gated: reading a view is always new. @throws `contract.not_active`, … */
  view(ref: ContractRef): Promise<CompiledView>;
  /** The ACTIVE rule sets of an entity type, sorted by ref. */
  activeRuleSets(entityType: string): Promise<readonly CompiledRuleSet[]>;
  /**
   * Every join on entities of a type in the ACTIVE and DEPRECATED rule sets of the registry, sorted by ref, then name.
   * @throws `contract.*` where one of them does not load: who follows a change is never guessed
   */
  joinsOf(entityType: string): Promise<readonly JoinedBy[]>;
  /**
   * The most shards that any rule set of the registry spreads an index over, be it declared or implied by a join; those
   * that are ARCHIVED count too, for their entries are still there. 0 where none has it.
   * @throws `contract.*` where one of them does not load: a shard is never left out by chance
   */
  shardsOf(indexType: string, entityType: string): Promise<number>;
  /** What the registry says now; one that it does not know is not archived. @throws `contract.unknown` */
  isArchived(ruleSetRef: ContractRef): Promise<boolean>;
  /** One answer for every insert of a type. @throws as `schemaFor`, `activeRuleSets` and `joinsOf` */
  forInsert(entityType: string, schemaRef: string | undefined): Promise<InsertContracts>;
  /** Whether a contract may do new work; answers warnings. @throws `contract.not_active`, `contract.deprecated` */
  gate(contract: CompiledSchema | CompiledRuleSet): readonly string[];
  /** Whether a rule set may do new work: the gate as a question. */
  mayRun(ruleSet: CompiledRuleSet): boolean;
  /**
   * Records contracts in the store before the first record that names them; `undefined` where they are.
   * @throws `contract.content_changed`
   */
  bind(contracts: readonly (CompiledSchema | CompiledRuleSet)[]): Promise<void> | undefined;
}

type ContractOf<Kind extends ContractKind> = Extract<Contract, { kind: Kind }>;
type Tools = typeof import('./compile-contracts.ts');

export interface CatalogueOptions {
  readonly registry: ContractRegistry;
  readonly store: Store;
  readonly logger: Logger;
  /** ISO 8601, now. */
  readonly timestamp: () => string;
}

export function createContractCatalogue(options: CatalogueOptions): ContractCatalogue {
  return new LinkedCatalogue(options);
}

class LinkedCatalogue implements ContractCatalogue {
  readonly #options: CatalogueOptions;
  #tools: Promise<Tools> | undefined;
  #loadedTools: Tools | undefined;
  #answers = new Map<string, Promise<unknown>>();
  #revision: number;
  /** Of contracts that passed the gate; a status that changes comes with a new revision, and so a new contract. */
  readonly #warnings = new WeakMap<CompiledSchema | CompiledRuleSet, readonly string[]>();
  readonly #bindings: ContractBindings;
  readonly #warned = new WeakSet<CompiledRuleSet | CompiledView>();

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#bindings = new ContractBindings(options);
    this.#revision = options.registry.revision;
  }

  schemaFor(entityType: string, schemaRef: string | undefined): Promise<CompiledSchema> {
    if (schemaRef !== undefined) return this.#schema(parseRef(schemaRef, 'schemaRef'));
    return this.#remember(`the schema of ${entityType}`, () => this.#onlySchemaOf(entityType));
  }

  async #onlySchemaOf(entityType: string): Promise<CompiledSchema> {
    const schemas = await this.#activeRefs('Schema', entityType);
    const [only, ...others] = schemas;
    if (only !== undefined && others.length === 0) return this.#schema(parseRef(only));
    throw contractError(
      only === undefined ? 'contract.unknown' : 'contract.schema_ambiguous',
      `schemaRef: expected exactly one ACTIVE Schema of entity type ${entityType} where none is named, ` +
        `found ${only === undefined ? 'none' : schemas.join(', ')} in ${this.#options.registry.name}. ` +
        (only === undefined ? 'Publish one, or mend the entity key.' : 'Name one.'),
      { entityType, schemas },
    );
  }

  ruleSet(ref: ContractRef): Promise<CompiledRuleSet> {
    return this.#remember(`RuleSet ${formatRef(ref)}`, async () => {
      const contract = await this.#parsed('RuleSet', ref);
      await this.#assertAcyclic(contract, []);
      return this.#link(contract);
    });
  }

  view(ref: ContractRef): Promise<CompiledView> {
    return this.#remember(`View ${formatRef(ref)}`, async () => {
      const tools = await this.#load();
      const contract = await this.#parsed('View', ref);
      const view = tools.compileView(contract, await this.ruleSet(parseRef(contract.definition.ruleSetRef)));
      return { ...view, warnings: this.#warnOnce(view, tools.gateView(view)) };
    });
  }

  activeRuleSets(entityType: string): Promise<readonly CompiledRuleSet[]> {
    return this.#remember(`rule sets of ${entityType}`, async () => {
      const refs = await this.#activeRefs('RuleSet', entityType);
      return Promise.all(refs.map((ref) => this.ruleSet(parseRef(ref))));
    });
  }

  joinsOf(entityType: string): Promise<readonly JoinedBy[]> {
    return this.#remember(`joins of ${entityType}`, async () => {
      const refs = await this.#refsThatJoin(entityType);
      const ruleSets = await Promise.all(refs.map((ref) => this.ruleSet(parseRef(ref))));
      return ruleSets.flatMap((ruleSet) =>
        // A rule set's joins are sorted by name.
        ruleSet.joins.filter((join) => join.entityType === entityType).map((join) => ({ ruleSet, join })),
      );
    });
  }

  forInsert(entityType: string, schemaRef: string | undefined): Promise<InsertContracts> {
    const asked = schemaRef === undefined ? 'its only schema' : formatRef(parseRef(schemaRef, 'schemaRef'));
    return this.#remember(`insert of ${entityType} under ${asked}`, async () => {
      const schema = await this.schemaFor(entityType, schemaRef);
      const ruleSets = await this.activeRuleSets(entityType);
      const joins = await this.joinsOf(entityType);
      return { schema, ruleSets, isJoined: joins.length > 0 };
    });
  }

  shardsOf(indexType: string, entityType: string): Promise<number> {
    return this.#remember(`shards of ${indexType} over ${entityType}`, async () => {
      const ruleSets = await this.#listed('RuleSet', (status) => status !== 'DRAFT');
      const claims = ruleSets
        .filter(({ definition }) => definition.entityType === entityType)
        .flatMap(({ definition: { joins, indexes } }) => [
          ...joins.map(({ joinSources, shards }) => ({ type: joinSources.entityType, shards })),
          ...indexes.map(({ type, shards }) => ({ type, shards })),
        ]);
      return Math.max(0, ...claims.filter(({ type }) => type === indexType).map(({ shards }) => shards));
    });
  }

  async isArchived(ruleSetRef: ContractRef): Promise<boolean> {
    const registered = await this.#options.registry.get('RuleSet', ruleSetRef);
    if (registered === undefined) throw await this.#unknown('RuleSet', ruleSetRef);
    return (await this.#load()).parseContract(registered).status === 'ARCHIVED';
  }

  gate(contract: CompiledSchema | CompiledRuleSet): readonly string[] {
    const known = this.#warnings.get(contract);
    if (known !== undefined) return known;
    const warnings = this.#gateAnew(contract);
    this.#warnings.set(contract, warnings);
    return warnings;
  }

  mayRun(ruleSet: CompiledRuleSet): boolean {
    try {
      this.gate(ruleSet);
      return true;
    } catch (error) {
      if (hasCode(error, 'contract.not_active') || hasCode(error, 'contract.deprecated')) return false;
      throw error;
    }
  }

  #gateAnew(contract: CompiledSchema | CompiledRuleSet): readonly string[] {
    // Only a contract that was compiled can be gated, and the tools compiled it.
    const tools = this.#loadedTools as Tools;
    if (contract.kind === 'Schema') {
      tools.assertUsable(contract, { usedBy: 'insertRawdata', allowDeprecated: false });
      return [];
    }
    return this.#warnOnce(contract, tools.gateRuleSet(contract));
  }

  #warnOnce(contract: CompiledRuleSet | CompiledView, warnings: readonly string[]): readonly string[] {
    if (!this.#warned.has(contract)) {
      for (const warning of warnings) this.#options.logger.warn({ ref: formatRef(contract.ref) }, warning);
      this.#warned.add(contract);
    }
    return warnings;
  }

  bind(contracts: readonly (CompiledSchema | CompiledRuleSet)[]): Promise<void> | undefined {
    return this.#bindings.bind(contracts);
  }

  #schema(ref: ContractRef): Promise<CompiledSchema> {
    return this.#remember(`Schema ${formatRef(ref)}`, async () => {
      const tools = await this.#load();
      return tools.compileSchema(await this.#parsed('Schema', ref));
    });
  }

  async #link(contract: RuleSetContract): Promise<CompiledRuleSet> {
    const tools = await this.#load();
    const references = tools.referencesOf(contract);
    const [schema, joinSchemas, joinRuleSets] = await Promise.all([
      this.#schema(parseRef(references.schema)),
      Promise.all(references.joinSchemas.map((ref) => this.#schema(parseRef(ref)))),
      Promise.all(references.joinRuleSets.map((ref) => this.ruleSet(parseRef(ref)))),
    ]);
    return tools.compileRuleSet(contract, {
      schema,
      joinSchemas: byRef(joinSchemas),
      joinRuleSets: byRef(joinRuleSets),
    });
  }

  /** Rule sets that wait for each other would wait for ever. */
  async #assertAcyclic(contract: RuleSetContract, path: readonly ContractRefText[]): Promise<void> {
    const own = formatRef(contract.ref);
    if (path.includes(own)) throw ruleSetCycle([...path.slice(path.indexOf(own)), own]);
    const { joinRuleSets } = (await this.#load()).referencesOf(contract);
    for (const ref of joinRuleSets) {
      await this.#assertAcyclic(await this.#parsed('RuleSet', parseRef(ref)), [...path, own]);
    }
  }

  async #activeRefs(kind: 'Schema' | 'RuleSet', entityType: string): Promise<readonly ContractRefText[]> {
    const contracts = await this.#runnable(kind);
    const active = contracts.filter(
      ({ status, definition }) => status === 'ACTIVE' && definition.entityType === entityType,
    );
    return sortUtf8(active.map((contract) => formatRef(contract.ref)));
  }

  async #refsThatJoin(entityType: string): Promise<readonly ContractRefText[]> {
    const ruleSets = await this.#runnable('RuleSet');
    const joining = ruleSets.filter(({ definition }) =>
      definition.joins.some(({ joinSources }) => joinSources.entityType === entityType),
    );
    return sortUtf8(joining.map((contract) => formatRef(contract.ref)));
  }

  /** Those that are ACTIVE or DEPRECATED. */
  #runnable<Kind extends ContractKind>(kind: Kind): Promise<readonly ContractOf<Kind>[]> {
    // Contracts that may not run stop nobody, however unfinished they are; `validate` looks at them.
    return this.#listed(kind, (status) => status !== 'DRAFT' && status !== 'ARCHIVED');
  }

  /** @param isMeant looks at a status as it is written: what is not meant is not parsed */
  async #listed<Kind extends ContractKind>(
    kind: Kind,
    isMeant: (status: unknown) => boolean,
  ): Promise<readonly ContractOf<Kind>[]> {
    const tools = await this.#load();
    const listed = await this.#options.registry.list(kind);
    const meant = listed.filter(({ document }) => isMeant(writtenStatusOf(document)));
    const contracts = meant.map((registered) => tools.parseContract(registered));
    return contracts.filter((contract): contract is ContractOf<Kind> => contract.kind === kind);
  }

  async #parsed<Kind extends ContractKind>(kind: Kind, ref: ContractRef): Promise<ContractOf<Kind>> {
    const { registry, store } = this.#options;
    const registered = (await registry.get(kind, ref)) ?? (await loadRecordedContract(store, kind, ref));
    if (registered === undefined) throw await this.#unknown(kind, ref);
    const { parseContract } = await this.#load();
    // A registry answers with the kind that it was asked for.
    return parseContract(registered) as ContractOf<Kind>;
  }

  async #unknown(kind: ContractKind, ref: ContractRef) {
    const { registry } = this.#options;
    const others = (await registry.list(kind)).flatMap((registered) => versionsOf(registered, ref.id));
    const found = others.length === 0 ? `no ${kind} of that id` : `versions ${others.sort(compareUtf8).join(', ')}`;
    return contractError(
      'contract.unknown',
      `${kind} ${formatRef(ref)}: expected it in ${registry.name}, found ${found}. Mend the ref, or publish the contract.`,
      { kind, ref: formatRef(ref) },
    );
  }

  #load(): Promise<Tools> {
    this.#tools ??= import('./compile-contracts.ts').then((tools) => {
      this.#loadedTools = tools;
      return tools;
    });
    return this.#tools;
  }

  /** An answer holds as long as the registry's revision; a failure is forgotten. */
  #remember<Answer>(question: string, answer: () => Promise<Answer>): Promise<Answer> {
    const { revision } = this.#options.registry;
    if (revision !== this.#revision) {
      this.#answers = new Map();
      this.#revision = revision;
    }
    const answers = this.#answers;
    // Every question has one type of answer.
    const known = answers.get(question) as Promise<Answer> | undefined;
    if (known !== undefined) return known;
    const asked = answer();
    answers.set(question, asked);
    asked.catch(() => answers.delete(question));
    return asked;
  }
}

function byRef<Compiled extends { readonly ref: ContractRef }>(
  contracts: readonly Compiled[],
): ReadonlyMap<ContractRefText, Compiled> {
  return new Map(contracts.map((contract) => [formatRef(contract.ref), contract]));
}

function writtenStatusOf(document: unknown): unknown {
  return typeof document === 'object' && document !== null && 'status' in document ? document.status : undefined;
}

function versionsOf({ document }: RegisteredContract, id: string): readonly string[] {
  if (typeof document !== 'object' || document === null || !('id' in document) || !('version' in document)) return [];
  return document.id === id && typeof document.version === 'string' ? [document.version] : [];
}
