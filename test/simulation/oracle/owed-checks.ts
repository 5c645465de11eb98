/** What holds at every moment, however many are still at work: a debt is nobody's only when it is paid. */
import type { Pin } from '../../../src/domain/records.ts';
import { hashOf } from '../../laws/support/oracle.ts';
import { fieldValuesOf } from '../../laws/support/oracle-values.ts';
import type { JoinModel, RuleSetModel } from '../../support/arbitraries/rule-sets.ts';
import { BRAND_RULES, refOf } from '../contract-models.ts';
import { Violation } from '../violation.ts';
import type { Ledger } from './ledger.ts';
import { TENANT } from './read-store.ts';
import { nameOf, recomputeNow } from './recompute.ts';

/** Of an entity that joins others, and of those that join it. */
export function checkFollowedOrOwed(ledger: Ledger, entityKey: string): void {
  const isSource = entityKey.startsWith('brand#');
  for (const parent of isSource ? ledger.entityKeys : [entityKey]) {
    for (const model of ledger.ruleSetsOf(parent)) checkParent(ledger, parent, model);
  }
}

function checkParent(ledger: Ledger, entityKey: string, model: RuleSetModel): void {
  const ref = refOf(model);
  const status = ledger.statuses.get(entityKey);
  // Nobody follows under a rule set that does not run.
  if (status === undefined || ledger.statusOf(ref) !== 'ACTIVE') return;
  const mark = Object.entries(status.owed).find(([owed]) => owed === ref)?.[1];
  if (mark === undefined) checkSettled(ledger, entityKey, model, status.version);
  if (mark?.state === 'FAILED') checkRefused(ledger, entityKey, model, status.version);
}

/** What is settled stands for all that its sources have been since they were pinned, or they still owe it their change. */
function checkSettled(ledger: Ledger, entityKey: string, model: RuleSetModel, version: number): void {
  const ref = refOf(model);
  const head = ledger.headsOf(entityKey, ref).at(-1);
  if (head?.version !== version) return;
  const pins = ledger.manifestOf(entityKey, ref, head.version, head.revision)?.pins ?? {};
  for (const join of model.joins) {
    const pin = pins[join.name];
    if (pin === undefined || pin.entityKey === null || join.versionRule !== 'LATEST') continue;
    const moves = movesSince(ledger, join, pin.entityKey, pin);
    const [first] = moves;
    if (first === undefined || owesFrom(ledger, pin.entityKey, first.version)) continue;
    const name = nameOf({ tenantId: TENANT, entityKey, model, version });
    throw new Violation(
      moves.at(-1)?.isNewest ? 'L12 what is stale is owed' : 'L12 what moved and came back is followed',
      `${name}.${head.revision}: join ${join.name} pins ${pin.entityKey} v${pin.version ?? 'none'}, which moved with ` +
        `v${first.version} and owes nothing`,
    );
  }
}

/** A refusal is true, or whoever made it untrue owes it still. */
function checkRefused(ledger: Ledger, entityKey: string, model: RuleSetModel, version: number): void {
  const sliced = { tenantId: TENANT, entityKey, model, version };
  const now = recomputeNow(ledger, sliced);
  if (now === 'refused') return;
  const sources = Object.values(now.pins).flatMap((pin) => (pin.entityKey === null ? [] : [pin.entityKey]));
  if (sources.some((source) => owesFrom(ledger, source, ledger.versionsOf(source).at(-1)?.version ?? 0))) return;
  throw new Violation('L12 what is refused though its sources are there is owed', nameOf(sliced));
}

function owesFrom(ledger: Ledger, source: string, version: number): boolean {
  return (ledger.statuses.get(source)?.fannedOutTo ?? 0) < version;
}

interface SourceMove {
  readonly version: number;
  /** Whether that is what the source is now. */
  readonly isNewest: boolean;
}

/** Of a source behind its pin: what a `LATEST` join could see since, and projects otherwise. */
function movesSince(ledger: Ledger, join: JoinModel, source: string, pin: Pin): readonly SourceMove[] {
  const seen = join.source === 'RAW' ? ledger.versionsOf(source) : slicedStates(ledger, source, join.source);
  return seen.flatMap(({ version, payload }, index) => {
    const isMoved = version > (pin.version ?? 0) && projectionHashOf(join, payload) !== pin.projectionHash;
    return isMoved ? [{ version, isNewest: index === seen.length - 1 }] : [];
  });
}

/** What was its head at a time. */
function slicedStates(ledger: Ledger, source: string, sliceType: string) {
  return ledger.headsOf(source, BRAND_RULES).map(({ version, revision }) => {
    const hash = ledger.manifestOf(source, BRAND_RULES, version, revision)?.slices[sliceType] ?? '';
    return { version, payload: ledger.slicePayload(source, BRAND_RULES, sliceType, hash) ?? null };
  });
}

function projectionHashOf(join: JoinModel, payload: Parameters<typeof fieldValuesOf>[1] | null): string {
  return hashOf(payload === null ? null : Object.fromEntries(fieldValuesOf(join.projection, payload)));
}
