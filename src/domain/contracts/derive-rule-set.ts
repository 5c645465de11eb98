import { isPlainObject, type JsonValue } from '../canonical/json-value.ts';
import { isSlicewiseError, type SlicewiseError } from '../errors.ts';
import {
  compileRuleSet,
  joinPointer,
  type LinkedContracts,
  type LinkedRuleSet,
  linkRuleSet,
} from './compile-rule-set.ts';
import type { CompiledRuleSet, ImpactEntry } from './compiled-contracts.ts';
import type { ContractIndex } from './contract-index.ts';
import { ContractLinker } from './contract-linker.ts';
import { type ContractRefText, formatRef } from './contract-ref.ts';
import { withoutTrailingWildcards } from './coverage.ts';
import { type DerivedIndex, deriveIndexes } from './derive-indexes.ts';
import { findNeedless, type NeedlessType } from './find-needless.ts';
import { type Gap, sortGaps } from './impact-gaps.ts';
import { type ListAddition, withAdditions } from './list-addition.ts';
import { parseContract, type RuleSetContract } from './parse-contract.ts';
import { impactMapGaps } from './prove-impact-map.ts';
import { joinImpactGaps } from './prove-join-impact.ts';
import type { RegisteredContract } from './registered-contract.ts';
import { formatSelector, isSamePattern } from './selector.ts';

/** Which rule set is to be completed, and with which indexes beside its impact. */
export interface DerivationRequest {
  readonly ref: ContractRefText;
  readonly indexes: readonly DerivedIndex[];
}

/** What a rule set lacks. */
export interface RuleSetDerivation {
  readonly registered: RegisteredContract;
  /** The fewest that make it sound: none of their items could be left out. */
  readonly additions: readonly ListAddition[];
  /** What could go, all of it together. */
  readonly needless: readonly NeedlessType[];
  /** The document with the additions in it. */
  readonly completed: JsonValue;
}

const BEFORE_IMPACT_MAP = ['slices', 'joins'];
const BEFORE_JOIN_IMPACT = ['joinProjection', 'missing', 'keyAbsent'];
const BEFORE_INDEXES = ['slices', 'joins', 'impactMap', 'onNoMatch'];

/**
 * What rule sets lack to be sound, or why that cannot be said. Rule sets that they join are completed first, so that
 * all of them may be drafts without any impact.
 */
export function deriveRuleSets(
  index: ContractIndex,
  requests: readonly DerivationRequest[],
): ReadonlyMap<ContractRefText, RuleSetDerivation | SlicewiseError> {
  const indexesOf = new Map(requests.map(({ ref, indexes }) => [ref, indexes]));
  const derivations = new Map<ContractRefText, RuleSetDerivation>();
  const linker = new ContractLinker(index, (registered, link) => {
    const contract = parseIncomplete(registered);
    const ref = formatRef(contract.ref);
    const { derivation, ruleSet } = derive(contract, indexesOf.get(ref) ?? [], link(contract));
    derivations.set(ref, derivation);
    return ruleSet;
  });
  return new Map(requests.map(({ ref }) => [ref, outcomeOf(ref, linker, derivations)]));
}

function outcomeOf(
  ref: ContractRefText,
  linker: ContractLinker,
  derivations: ReadonlyMap<ContractRefText, RuleSetDerivation>,
): RuleSetDerivation | SlicewiseError {
  try {
    linker.ruleSet(ref);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    return error;
  }
  const derivation = derivations.get(ref);
  if (derivation === undefined) throw new Error(`The linker compiled ${ref}, and yet nothing was derived for it.`);
  return derivation;
}

function derive(
  contract: RuleSetContract,
  indexes: readonly DerivedIndex[],
  linked: LinkedContracts,
): { readonly derivation: RuleSetDerivation; readonly ruleSet: CompiledRuleSet } {
  const { registered } = contract;
  const incomplete = linkRuleSet(contract, linked);
  const additions = [...deriveImpact(incomplete), ...indexAdditions(incomplete, indexes)];
  // parseContract saw that it is JSON.
  const completed = withAdditions(registered.document as JsonValue, additions);
  const ruleSet = compileRuleSet(parseAsRuleSet(withDocument(registered, completed)), linked);
  const needless = findNeedless(contract, ruleSet);
  return { derivation: { registered, additions, needless, completed }, ruleSet };
}

function deriveImpact({ contract, schema, slices, joins, impactMap }: LinkedRuleSet): readonly ListAddition[] {
  const { unread, forgotten } = impactMapGaps({ shape: schema.shape, slices, joins, impactMap });
  const ofMap = closeGaps(impactMap, sortGaps([...unread, ...forgotten]), {
    pointer: '/impactMap',
    after: BEFORE_IMPACT_MAP,
  });
  const ofJoins = joins.flatMap((join) =>
    closeGaps(join.joinImpact, joinImpactGaps(join, slices), {
      pointer: `${joinPointer(contract, join.name)}/joinImpact`,
      after: BEFORE_JOIN_IMPACT,
    }),
  );
  return [...ofJoins, ...ofMap];
}

/** An entry that is there for the place gets the slice types; other places get entries of their own. */
function closeGaps(
  entries: readonly ImpactEntry[],
  gaps: readonly Gap[],
  list: Pick<ListAddition, 'pointer' | 'after'>,
): readonly ListAddition[] {
  const entryOf = ({ path }: Gap): number =>
    entries.findIndex(({ selector }) => isSamePattern(withoutTrailingWildcards(selector.segments), path));
  const toExtend = gaps.filter((gap) => entryOf(gap) >= 0);
  const toAdd = gaps.filter((gap) => entryOf(gap) < 0);
  const extended = toExtend.map((gap) => ({
    pointer: `${list.pointer}/${entryOf(gap)}/slices`,
    items: gap.slices,
    after: ['path'],
  }));
  if (toAdd.length === 0) return extended;
  return [...extended, { ...list, items: toAdd.map(({ path, slices }) => ({ path: formatSelector(path), slices })) }];
}

function indexAdditions(ruleSet: LinkedRuleSet, indexes: readonly DerivedIndex[]): readonly ListAddition[] {
  const items = deriveIndexes(ruleSet, indexes);
  return items.length === 0 ? [] : [{ pointer: '/indexes', items, after: BEFORE_INDEXES }];
}

/** A rule set whose `impactMap` and `joinImpact` may be missing or `null`: they are empty then. */
function parseIncomplete(registered: RegisteredContract): RuleSetContract {
  const { document } = registered;
  if (!isPlainObject(document)) return parseAsRuleSet(registered);
  const { joins } = document;
  const filled = {
    ...document,
    impactMap: document['impactMap'] ?? [],
    ...(Array.isArray(joins) && {
      joins: joins.map((join: unknown) =>
        isPlainObject(join) ? { ...join, joinImpact: join['joinImpact'] ?? [] } : join,
      ),
    }),
  };
  return { ...parseAsRuleSet(withDocument(registered, filled)), registered };
}

function parseAsRuleSet(registered: RegisteredContract): RuleSetContract {
  const contract = parseContract(registered);
  if (contract.kind !== 'RuleSet')
    throw new Error(`${registered.origin} was found as a RuleSet, and yet is another kind.`);
  return contract;
}

function withDocument(registered: RegisteredContract, document: unknown): RegisteredContract {
  return { document, origin: registered.origin, locate: (pointer) => registered.locate(pointer) };
}
