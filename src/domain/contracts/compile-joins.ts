import { compareUtf8 } from '../canonical/key-order.ts';
import { compileFields, compileImpact, type Reading, reportTwice, unknownSlice } from './compile-slices.ts';
import type { CompiledRuleSet, CompiledSchema, JoinRule, JoinSource, VersionRule } from './compiled-contracts.ts';
import { RAW_SOURCE } from './contract-head.ts';
import type { ContractProblem } from './contract-problem.ts';
import { type ContractRefText, formatRef } from './contract-ref.ts';
import type { RuleSetContract } from './parse-contract.ts';
import { readSelector } from './read-selector.ts';
import type { JoinDefinition } from './rule-set-contract.ts';
import { asRefText } from './rule-set-references.ts';
import type { Selector } from './selector-model.ts';
import { shapeSource } from './slice-shape.ts';

/** What the joins of a rule set are linked with, by the text of the ref. */
export interface LinkedJoins {
  readonly joinSchemas: ReadonlyMap<ContractRefText, CompiledSchema>;
  readonly joinRuleSets: ReadonlyMap<ContractRefText, CompiledRuleSet>;
}

const VALUE = '{value}';
// What no part of an entityKey may hold (rfc-v4-001 §6).
const FORBIDDEN_IN_ID = /[#\p{Cc}]/u;

/** Joins whose source cannot be linked are left out and reported. Sorted by name (rfc-v4-001 §10-2). */
export function compileJoins(contract: RuleSetContract, linked: LinkedJoins, reading: Reading): readonly JoinRule[] {
  const { definition } = contract;
  reportTwice(
    'contract.join_duplicate',
    'join',
    '/joins',
    definition.joins.map((join) => join.name),
    '/name',
    reading,
  );
  return definition.joins
    .flatMap((join, index) => {
      const rule = compileJoin({ contract, join, pointer: `/joins/${index}`, linked }, reading);
      return rule === null ? [] : [rule];
    })
    .sort((left, right) => compareUtf8(left.name, right.name));
}

interface JoinPlace {
  readonly contract: RuleSetContract;
  readonly join: JoinDefinition;
  readonly pointer: string;
  readonly linked: LinkedJoins;
}

function compileJoin(place: JoinPlace, reading: Reading): JoinRule | null {
  const { contract, join, pointer } = place;
  const keyPath = compileKeyPath(place, reading);
  const format = splitFormat(place, reading.problems);
  const source = linkSource(place, reading.problems);
  if (keyPath === null || format === null || source === null) return null;
  const rule: JoinRule = {
    name: join.name,
    cardinality: join.cardinality,
    entityType: join.joinSources.entityType,
    keyPath,
    ...format,
    source,
    versionRule: compileVersionRule(join),
    projection: [],
    missing: join.missing,
    keyAbsent: join.keyAbsent ?? join.missing,
    joinImpact: [],
    maxFanout: join.maxFanout,
    shards: join.shards,
    onIndexMissing: join.onIndexMissing,
  };
  const sourceReading = { shape: shapeSource(rule), problems: reading.problems };
  const users = contract.definition.slices
    .filter((slice) => slice.joins.includes(join.name))
    .map((slice) => slice.type);
  const sliceTypes = contract.definition.slices.map((slice) => slice.type);
  reportStrangers(place, { sliceTypes, users }, reading.problems);
  return {
    ...rule,
    projection: compileFields(join.joinProjection, `${pointer}/joinProjection`, sourceReading),
    joinImpact: compileImpact(join.joinImpact, sliceTypes, `${pointer}/joinImpact`, sourceReading),
  };
}

function compileKeyPath({ join, pointer }: JoinPlace, { shape, problems }: Reading): Selector | null {
  const place = `${pointer}/joinSources/keyResolver/path`;
  const selector = readSelector({ text: join.joinSources.keyResolver.path, pointer: place, shape }, problems);
  if (selector === null || selector.isSingular) return selector;
  problems.push({
    code: 'contract.join_key_not_singular',
    pointer: place,
    expected: 'a path that names at most one place (MANY_TO_ONE and ONE_TO_ONE have one source)',
    found: selector.text,
    advice: 'Name one member, without [*].',
  });
  return null;
}

function splitFormat(
  { join, pointer }: JoinPlace,
  problems: ContractProblem[],
): Pick<JoinRule, 'keyPrefix' | 'keySuffix'> | null {
  const { entityType, keyResolver } = join.joinSources;
  const [keyPrefix = '', keySuffix, ...more] = keyResolver.format.split(VALUE);
  const start = `${entityType}#`;
  const isInOrder = keyPrefix.startsWith(start) && keySuffix !== undefined && more.length === 0;
  if (isInOrder && !FORBIDDEN_IN_ID.test(keyPrefix.slice(start.length) + keySuffix)) return { keyPrefix, keySuffix };
  problems.push({
    code: 'contract.join_key_format',
    pointer: `${pointer}/joinSources/keyResolver/format`,
    expected: `${start} and, behind it, ${VALUE} once and no other #`,
    found: JSON.stringify(keyResolver.format),
    advice: `Write "${start}${VALUE}".`,
  });
  return null;
}

function compileVersionRule({ joinSources: { versionRule } }: JoinDefinition): VersionRule {
  return typeof versionRule === 'string' ? { rule: versionRule } : { rule: 'PINNED', version: versionRule.PINNED };
}

function linkSource(place: JoinPlace, problems: ContractProblem[]): JoinSource | null {
  const { source, schemaRef, ruleSetRef } = place.join.joinSources;
  const isRaw = source === RAW_SOURCE;
  const [wanted, unwanted] = isRaw ? (['schemaRef', 'ruleSetRef'] as const) : (['ruleSetRef', 'schemaRef'] as const);
  const isAsWanted = (isRaw ? schemaRef : ruleSetRef) !== undefined && (isRaw ? ruleSetRef : schemaRef) === undefined;
  const text = isRaw ? schemaRef : ruleSetRef;
  if (!isAsWanted || text === undefined) {
    problems.push({
      code: 'contract.join_source_ref',
      pointer: `${place.pointer}/joinSources`,
      expected: `${wanted} and no ${unwanted}, as the source is ${isRaw ? 'RAW' : `the slice type ${source}`}`,
      found: [schemaRef && 'schemaRef', ruleSetRef && 'ruleSetRef'].filter(Boolean).join(' and ') || 'neither',
      advice: `RAW is read through a Schema, a slice type comes from a RuleSet: name ${wanted} alone.`,
    });
    return null;
  }
  return isRaw ? linkRawSource(place, asRefText(text), problems) : linkSliceSource(place, asRefText(text), problems);
}

function linkRawSource(
  { join, pointer, linked }: JoinPlace,
  ref: ContractRefText,
  problems: ContractProblem[],
): JoinSource | null {
  const schema = linked.joinSchemas.get(ref);
  const place = `${pointer}/joinSources/schemaRef`;
  if (schema === undefined) problems.push(unresolved(place, `Schema ${ref}`));
  else if (schema.entityType !== join.joinSources.entityType)
    problems.push(entityTypeMismatch(place, join.joinSources.entityType, schema));
  else return { kind: 'RAW', schema };
  return null;
}

function linkSliceSource(place: JoinPlace, ref: ContractRefText, problems: ContractProblem[]): JoinSource | null {
  const { entityType, source: sliceType } = place.join.joinSources;
  const pointer = `${place.pointer}/joinSources`;
  if (ref === formatRef(place.contract.ref)) {
    problems.push({
      code: 'contract.join_chain',
      pointer: `${pointer}/ruleSetRef`,
      expected: 'another rule set',
      found: `${ref}, which is this one`,
      advice: 'Read the source as RAW, or build its slice type by a rule set of its own.',
    });
    return null;
  }
  const ruleSet = place.linked.joinRuleSets.get(ref);
  if (ruleSet === undefined) problems.push(unresolved(`${pointer}/ruleSetRef`, `RuleSet ${ref}`));
  else if (ruleSet.entityType !== entityType)
    problems.push(entityTypeMismatch(`${pointer}/ruleSetRef`, entityType, ruleSet));
  else {
    const slice = ruleSet.slices.find((rule) => rule.type === sliceType);
    if (slice === undefined) {
      const known = ruleSet.slices.map((rule) => rule.type);
      problems.push(unknownSlice(`${pointer}/source`, sliceType, known));
    } else if (slice.joins.length > 0) {
      problems.push({
        code: 'contract.join_chain',
        pointer: `${pointer}/source`,
        expected: 'a slice type without joins of its own (one hop, rfc-v4-001 §11-4)',
        found: `${sliceType} of ${ref}, which joins ${slice.joins.join(', ')}`,
        advice: 'Join the source of that join here, or read a slice type without joins.',
      });
    } else return { kind: 'SLICE', sliceType, ruleSet };
  }
  return null;
}

/** `joinImpact` speaks of the slice types that use the join, and of no others. */
function reportStrangers(
  { join, pointer }: JoinPlace,
  { sliceTypes, users }: { readonly sliceTypes: readonly string[]; readonly users: readonly string[] },
  problems: ContractProblem[],
): void {
  for (const [entryIndex, entry] of join.joinImpact.entries()) {
    for (const [index, type] of entry.slices.entries()) {
      if (users.includes(type) || !sliceTypes.includes(type)) continue;
      problems.push({
        code: 'contract.join_impact_stranger',
        pointer: `${pointer}/joinImpact/${entryIndex}/slices/${index}`,
        expected:
          users.length === 0
            ? 'no slice type, as none uses the join'
            : `a slice type that uses the join: ${users.join(', ')}`,
        found: type,
        advice: `Remove it, or add ${join.name} to the joins of ${type}.`,
      });
    }
  }
}

export function entityTypeMismatch(
  pointer: string,
  entityType: string,
  contract: CompiledSchema | CompiledRuleSet,
): ContractProblem {
  return {
    code: 'contract.entity_type_mismatch',
    pointer,
    expected: `a ${contract.kind} of the entity type ${entityType}`,
    found: `${formatRef(contract.ref)}, which is of ${contract.entityType}`,
    advice: 'Name a contract of that type, or mend the entityType.',
  };
}

export function unresolved(pointer: string, found: string): ContractProblem {
  return {
    code: 'contract.ref_unresolved',
    pointer,
    expected: 'a contract that is there',
    found: `${found}, which was not loaded`,
    advice: 'Add the contract, or name one that exists.',
  };
}
