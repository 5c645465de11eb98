import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parsePointer } from '../../../src/domain/canonical/json-pointer.ts';
import type { JsonObject } from '../../../src/domain/canonical/json-value.ts';
import { diffPayloads } from '../../../src/domain/changeset/diff.ts';
import type { CompiledRuleSet, ImpactEntry } from '../../../src/domain/contracts/compiled-contracts.ts';
import { changeMatches } from '../../../src/domain/contracts/selector.ts';
import { isSlicewiseError } from '../../../src/domain/errors.ts';
import { type SchemaWithDocuments, schemaWithDocuments } from '../../support/arbitraries/schema-with-documents.ts';
import { lawRuns } from '../../support/fast-check.ts';
import { readingOf, selectorsOf } from './naive-reading.ts';
import { claimOver, type Entry } from './random-paths.ts';
import { compileRuleSetDraft, compileSchemaDraft, type Draft, sampleDrafts } from './sample-contracts.ts';

/** Each draws a schema, compiles it and tries three changes under it. */
const RUNS = lawRuns / 4;

const TYPES = ['A', 'B'] as const;

function impactDraft(slices: readonly Draft[], impactMap: readonly Entry[]): Draft {
  return {
    kind: 'RuleSet',
    id: 'rules',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'product',
    schemaRef: 'product@1.0.0',
    slices,
    impactMap,
  };
}

/** A rule set over brands' neighbours whose joins project from the random schema. */
function joinDraft(projection: Readonly<Record<string, string>>, joinImpact: readonly Entry[]): Draft {
  const { brandRules } = sampleDrafts();
  return {
    ...brandRules,
    slices: TYPES.map((type) => ({ type, joins: ['source'] })),
    joins: [
      {
        name: 'source',
        cardinality: 'MANY_TO_ONE',
        joinSources: {
          entityType: 'product',
          schemaRef: 'product@1.0.0',
          keyResolver: { path: 'parent_id', format: 'product#{value}' },
        },
        joinProjection: projection,
        joinImpact,
      },
    ],
    impactMap: [
      { path: 'parent_id', slices: TYPES },
      { path: 'name', slices: [] },
      { path: 'logo_url', slices: [] },
    ],
  };
}

interface Attempt {
  readonly ruleSet: CompiledRuleSet | null;
  /** Entries that the refusal asks for; `null` where it is about something else than soundness. */
  readonly missing: readonly Entry[] | null;
}

function attempt(compile: () => CompiledRuleSet): Attempt {
  try {
    return { ruleSet: compile(), missing: [] };
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    if (!/impact_(map_)?(unsound|incomplete)$/.test(error.code)) return { ruleSet: null, missing: null };
    const lines = error.message.split('\n').filter((line) => line.startsWith('    - {'));
    return { ruleSet: null, missing: lines.flatMap((line): readonly Entry[] => parse(line)) };
  }
}

/** The rule set as it is, or with the entries that its refusal shows; `null` where its paths do not fit the schema. */
function acceptedOf(compile: (more: readonly Entry[]) => CompiledRuleSet): CompiledRuleSet | null {
  const first = attempt(() => compile([]));
  if (first.ruleSet !== null || first.missing === null) return first.ruleSet;
  const second = attempt(() => compile(first.missing ?? []));
  expect(second.missing).toEqual([]);
  return second.ruleSet;
}

interface Step {
  readonly from: JsonObject;
  readonly to: JsonObject;
  /** Changed places. */
  readonly changes: readonly (readonly string[])[];
}

/** From each document to the next. */
function stepsOf({ documents, schema }: SchemaWithDocuments): readonly Step[] {
  const states = documents.map((document) => schema.normalise(document));
  return states.slice(1).map((to, index) => {
    const from = states[index] ?? {};
    return { from, to, changes: diffPayloads(from, to, schema.shape).map(({ path }) => parsePointer(path)) };
  });
}

function isNoticed(entries: readonly ImpactEntry[], type: string, { changes }: Step): boolean {
  const own = entries.filter((entry) => entry.slices.includes(type));
  return own.some((entry) => changes.some((tokens) => changeMatches(entry.selector, tokens)));
}

const brand = compileSchemaDraft(sampleDrafts().brand);

describe('an impact map that is accepted', () => {
  it('names a slice type for some changed path whenever what the type reads differs', () => {
    let accepted = 0;
    const subject = schemaWithDocuments({ documents: 4 }).chain((random) =>
      claimOver(random.model, TYPES).map((claim) => ({ random, claim })),
    );
    fc.assert(
      fc.property(subject, ({ random, claim }) => {
        const slices = TYPES.map((type) => ({
          type,
          fields: asFields(claim.reads),
          when: { not: { exists: claim.condition } },
        }));
        const ruleSet = acceptedOf((more) =>
          compileRuleSetDraft(impactDraft(slices, [...claim.entries, ...more]), random.schema, []),
        );
        if (ruleSet === null) return;
        accepted += 1;
        for (const step of stepsOf(random)) {
          for (const { type, fields, when } of ruleSet.slices) {
            const others = when === null ? [] : selectorsOf(when);
            if (readingOf(fields, others, step.from) === readingOf(fields, others, step.to)) continue;
            expect({ type, isNoticed: isNoticed(ruleSet.impactMap, type, step) }).toEqual({ type, isNoticed: true });
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 4);
  });

  it('speaks of every change that its schema declares, so that only undeclared members reach onNoMatch', () => {
    const subject = schemaWithDocuments({ documents: 4 }).chain((random) =>
      claimOver(random.model, ['A']).map((claim) => ({ random, claim })),
    );
    fc.assert(
      fc.property(subject, ({ random, claim }) => {
        fc.pre(isClosed(random));
        const slices = [{ type: 'A', fields: asFields(claim.reads) }];
        const ruleSet = acceptedOf((more) =>
          compileRuleSetDraft(impactDraft(slices, [...claim.entries, ...more]), random.schema, []),
        );
        if (ruleSet === null) return;
        for (const tokens of stepsOf(random).flatMap((step) => step.changes)) {
          const entry = ruleSet.impactMap.find(({ selector }) => changeMatches(selector, tokens));
          expect({ tokens, isMatched: entry !== undefined }).toEqual({ tokens, isMatched: true });
        }
      }),
    );
  });
});

describe('a join impact that is accepted', () => {
  it('names every slice type of the join for some changed path whenever the projection differs', () => {
    let accepted = 0;
    const subject = schemaWithDocuments({ documents: 4 }).chain((random) =>
      claimOver(random.model, TYPES).map((claim) => ({ random, claim })),
    );
    fc.assert(
      fc.property(subject, ({ random, claim }) => {
        const ruleSet = acceptedOf((more) =>
          compileRuleSetDraft(joinDraft(asFields(claim.reads), [...claim.entries, ...more]), brand, [random.schema]),
        );
        const [join] = ruleSet?.joins ?? [];
        if (join === undefined) return;
        accepted += 1;
        for (const step of stepsOf(random)) {
          if (readingOf(join.projection, [], step.from) === readingOf(join.projection, [], step.to)) continue;
          for (const type of TYPES) {
            expect({ type, isNoticed: isNoticed(join.joinImpact, type, step) }).toEqual({ type, isNoticed: true });
          }
        }
      }),
      { numRuns: RUNS },
    );
    expect(accepted).toBeGreaterThan(RUNS / 4);
  });
});

function asFields(reads: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(reads.map((path, index) => [`f${index}`, path]));
}

/** Whether nothing undeclared can be in its documents. The holder of a two-step key is an open object. */
function isClosed({ model }: SchemaWithDocuments): boolean {
  const text = JSON.stringify(model);
  return !text.includes('"isOpen":true') && !text.includes('["id","code"]');
}
