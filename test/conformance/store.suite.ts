import { describeStoreCollection } from './store-collection.suite.ts';
import { describeStoreCommitStatus } from './store-commit-status.suite.ts';
import { describeStoreEntityRanges } from './store-entity-ranges.suite.ts';
import { describeStoreErasure } from './store-erasure.suite.ts';
import { describeStoreRanges } from './store-ranges.suite.ts';
import { describeStoreRecords } from './store-records.suite.ts';
import { describeStoreSteps } from './store-steps.suite.ts';
import { describeStoreTogether } from './store-together.suite.ts';
import type { StoreAdapter, TestRunner } from './suite-api.ts';

/**
 * Every promise of the store port, for any adapter of it:
 *
 *     import { describe, it } from 'vitest';
 *     describeStore({ describe, it }, { name: 'mine', open: openMine, writesTogether: false });
 */
export function describeStore(runner: TestRunner, adapter: StoreAdapter): void {
  runner.describe(`store port: ${adapter.name}`, () => {
    describeStoreRecords(runner, adapter);
    describeStoreSteps(runner, adapter);
    describeStoreCommitStatus(runner, adapter);
    describeStoreRanges(runner, adapter);
    describeStoreCollection(runner, adapter);
    describeStoreErasure(runner, adapter);
    describeStoreEntityRanges(runner, adapter);
    describeStoreTogether(runner, adapter);
  });
}
