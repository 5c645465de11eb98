import { readFile } from 'node:fs/promises';
import { editContract } from '../../adapters/files/contract-edit/edit-contract.ts';
import { type ContractIndex, indexContracts } from '../../domain/contracts/contract-index.ts';
import { type ContractRefText, formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import {
  type DerivationRequest,
  deriveRuleSets,
  type RuleSetDerivation,
} from '../../domain/contracts/derive-rule-set.ts';
import type { NeedlessType } from '../../domain/contracts/find-needless.ts';
import type { ListAddition } from '../../domain/contracts/list-addition.ts';
import { CONTRACT_KINDS, type SourcePosition } from '../../domain/contracts/registered-contract.ts';
import { type ErrorReport, isSlicewiseError } from '../../domain/errors.ts';
import type { ContractRegistry } from '../../ports/contract-registry.ts';

/** A needless slice type and where its entry stands. */
export interface LocatedNeedless extends NeedlessType {
  readonly position: SourcePosition | null;
}

/** What became of one rule set. */
export interface DerivedRuleSet {
  readonly ref: ContractRefText;
  /** `null` where there is none. */
  readonly origin: string | null;
  readonly additions: readonly Pick<ListAddition, 'pointer' | 'items'>[];
  readonly needless: readonly LocatedNeedless[];
  readonly error: ErrorReport | null;
}

/** A file that something is to be added to. */
export interface EditedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

export interface DerivedContracts {
  readonly ruleSets: readonly DerivedRuleSet[];
  readonly files: readonly EditedFile[];
}

/** The contracts of a folder, to be asked what they lack. @throws `contract.unreadable` and the like */
export async function indexRegistry(registry: ContractRegistry): Promise<ContractIndex> {
  const listed = await Promise.all(CONTRACT_KINDS.map((kind) => registry.list(kind)));
  return indexContracts(listed.flat());
}

/** Every rule set that may still run. */
export function unarchivedRuleSets(index: ContractIndex): readonly ContractRefText[] {
  return [...index.values()]
    .filter(({ kind, status }) => kind === 'RuleSet' && status !== 'ARCHIVED')
    .map(({ ref }) => formatRef(ref));
}

/** What rule sets lack, and their files with that in them. @throws `contract.not_editable` */
export async function deriveContracts(
  index: ContractIndex,
  requests: readonly DerivationRequest[],
): Promise<DerivedContracts> {
  const outcomes = [...deriveRuleSets(index, requests)];
  const derivations = outcomes.flatMap(([ref, outcome]) => (isSlicewiseError(outcome) ? [] : [{ ref, ...outcome }]));
  return {
    ruleSets: outcomes.map(([ref, outcome]) => describeOutcome(index, ref, outcome)),
    files: await editFiles(derivations.filter(({ additions }) => additions.length > 0)),
  };
}

function describeOutcome(
  index: ContractIndex,
  ref: ContractRefText,
  outcome: RuleSetDerivation | Error,
): DerivedRuleSet {
  if (isSlicewiseError(outcome)) {
    const origin = index.get(`RuleSet ${ref}`)?.registered.origin ?? null;
    return { ref, origin, additions: [], needless: [], error: outcome.toJSON() };
  }
  if (outcome instanceof Error) throw outcome;
  const { registered, additions, needless } = outcome;
  return {
    ref,
    origin: registered.origin,
    additions: additions.map(({ pointer, items }) => ({ pointer, items })),
    needless: needless.map((each) => ({ ...each, position: registered.locate(each.pointer) ?? null })),
    error: null,
  };
}

async function editFiles(
  derivations: readonly (RuleSetDerivation & { readonly ref: ContractRefText })[],
): Promise<readonly EditedFile[]> {
  const yaml = await import('yaml');
  const paths = [...new Set(derivations.map(({ registered }) => registered.origin))];
  return Promise.all(
    paths.map(async (path) => {
      const before = await readFile(path, 'utf8');
      const after = derivations
        .filter(({ registered }) => registered.origin === path)
        .reduce(
          (text, { ref, additions, completed }) =>
            editContract(yaml, text, path, { kind: 'RuleSet', ref: parseRef(ref), additions, completed }),
          before,
        );
      return { path, before, after };
    }),
  );
}
