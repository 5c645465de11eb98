/** What a runtime says of some inputs, and what they leave in its store, as plain values to compare. */
import { parseRef } from '../../src/domain/contracts/contract-ref.ts';
import type { IngestInput, IngestResult, Runtime } from '../../src/flows/runtime/runtime.ts';
import type { Store } from '../../src/ports/store.ts';
import { TENANT } from './runtime-fixture.ts';
import { type Contents, contentsOf } from './store-contents.ts';

export interface Replayed {
  readonly results: readonly IngestResult[];
  readonly contents: Contents;
}

const SHARDS_MAX = 3;

/** @param ruleSets refs of those whose records are read back */
export async function replayInputs(
  runtime: Runtime,
  store: Store,
  inputs: readonly IngestInput[],
  ruleSets: readonly string[],
): Promise<Replayed> {
  const results: IngestResult[] = [];
  for (const input of inputs) results.push(await runtime.ingest(input));
  const indexKeys = results.flatMap((result) =>
    result.ruleSets.flatMap((ruleSet) => ('slicing' in ruleSet ? ruleSet.slicing.indexKeys : [])),
  );
  const contents = await contentsOf(store, {
    tenantId: TENANT,
    ruleSets: ruleSets.map((ref) => parseRef(ref)),
    indexKeys: [...new Set(indexKeys)],
    shards: SHARDS_MAX,
  });
  return { results, contents };
}
