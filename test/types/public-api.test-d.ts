/** What the public API promises to TypeScript; the compiler is the test. */
import { expectTypeOf } from 'vitest';
import {
  type BatchOutcome,
  type ContentHash,
  type CreateRuntimeOptions,
  createRuntime,
  type IngestedRuleSet,
  type IngestResult,
  type JsonObject,
  type Runtime,
  type SlicewiseError,
  type SlicingInput,
  type VersionContent,
  type ViewComplete,
  type ViewPartial,
  type ViewResult,
} from '../../src/index.ts';

declare const options: CreateRuntimeOptions;
declare const runtime: Runtime;
const PRODUCT = { tenantId: 'acme', entityKey: 'product#P1' } as const;

interface Page {
  readonly title: string;
  readonly price: number;
}

export function createsARuntime(): void {
  expectTypeOf(createRuntime(options)).toEqualTypeOf<Runtime>();
  // @ts-expect-error a runtime needs a store and a registry
  createRuntime({});
  // @ts-expect-error unknown options are refused
  createRuntime({ ...options, stroe: options.store });
}

export async function demandsAVersion(): Promise<void> {
  await runtime.queryView({ ...PRODUCT, viewRef: 'product-page@1.0.0', version: 1 });
  await runtime.queryView({ ...PRODUCT, viewRef: 'product-page@1.0.0', version: 'active' });
  // @ts-expect-error the version has to be written (rfc-v4-002 §9-2)
  await runtime.queryView({ ...PRODUCT, viewRef: 'product-page@1.0.0' });
  // @ts-expect-error 'active' and numbers are all there is
  await runtime.queryView({ ...PRODUCT, viewRef: 'product-page@1.0.0', version: 'latest' });
  // @ts-expect-error so has that of an insert
  await runtime.insertRawdata({ ...PRODUCT, payload: {} });
  // @ts-expect-error 'next' is for writers
  await runtime.getRawdata({ ...PRODUCT, version: 'next' });
}

export async function keepsPartialResultsApart(): Promise<void> {
  const view = await runtime.queryView<Page>({ ...PRODUCT, viewRef: 'product-page@1.0.0', version: 1 });
  expectTypeOf(view).toEqualTypeOf<ViewResult<Page>>();
  expectTypeOf(view.data).toEqualTypeOf<Page | Partial<Page>>();
  // @ts-expect-error a result that may be partial has no certain member
  expectTypeOf(view.data.title).toEqualTypeOf<string>();
  // @ts-expect-error only a partial result has something missing
  view.missing;
  if (view.status === 'complete') {
    expectTypeOf(view).toEqualTypeOf<ViewComplete<Page>>();
    expectTypeOf(view.data.title).toEqualTypeOf<string>();
  } else {
    expectTypeOf(view).toEqualTypeOf<ViewPartial<Page>>();
    expectTypeOf(view.data.title).toEqualTypeOf<string | undefined>();
    expectTypeOf(view.missing[0]?.sliceType).toEqualTypeOf<string | undefined>();
  }
  const untyped = await runtime.queryView({ ...PRODUCT, viewRef: 'product-page@1.0.0', version: 1 });
  expectTypeOf(untyped).toEqualTypeOf<ViewResult<JsonObject>>();
}

export async function takesOneKindOfContent(): Promise<void> {
  const next = { ...PRODUCT, version: 'next' } as const;
  await runtime.ingest({ ...next, payload: { title: 'Lamp' } });
  await runtime.ingest({ ...next, payloadJson: '{}' });
  await runtime.ingest({ ...next, payloadJson: new Uint8Array() });
  await runtime.ingest({ ...next, deleted: true });
  // @ts-expect-error a payload and its deletion at once
  await runtime.ingest({ ...next, payload: {}, deleted: true });
  // @ts-expect-error a payload twice
  await runtime.ingest({ ...next, payload: {}, payloadJson: '{}' });
  // @ts-expect-error `deleted: false` says nothing
  await runtime.ingest({ ...next, deleted: false });
  // @ts-expect-error nothing at all
  const nothing: VersionContent = {};
  void nothing;
}

export async function namesWhereAnIncrementalStarts(): Promise<void> {
  const sliced = { ...PRODUCT, ruleSetRef: 'product-core@1.0.0', version: 2 } as const;
  await runtime.slicing({ ...sliced, mode: 'FULL_REBUILD' });
  await runtime.slicing({ ...sliced, mode: 'INCREMENTAL', fromVersion: 1 });
  // @ts-expect-error INCREMENTAL needs its base
  await runtime.slicing({ ...sliced, mode: 'INCREMENTAL' });
  // @ts-expect-error FULL has none
  await runtime.slicing({ ...sliced, mode: 'FULL_REBUILD', fromVersion: 1 });
  expectTypeOf<SlicingInput['mode']>().toEqualTypeOf<'FULL_REBUILD' | 'INCREMENTAL'>();
}

export async function explainsOneThing(): Promise<void> {
  await runtime.explain({ ...PRODUCT, version: 1, viewRef: 'product-page@1.0.0' });
  await runtime.explain({ ...PRODUCT, version: 1, sliceType: 'CORE', ruleSetRef: 'product-core@1.0.0' });
  // @ts-expect-error a slice or a view, not both
  await runtime.explain({ ...PRODUCT, version: 1, viewRef: 'a@1.0.0', sliceType: 'CORE', ruleSetRef: 'b@1.0.0' });
  // @ts-expect-error a slice type belongs to a rule set
  await runtime.explain({ ...PRODUCT, version: 1, sliceType: 'CORE' });
}

export function tellsOutcomesApart(outcome: BatchOutcome<IngestResult>, ruleSet: IngestedRuleSet): void {
  if (outcome.ok) expectTypeOf(outcome.result).toEqualTypeOf<IngestResult>();
  else expectTypeOf(outcome.error).toEqualTypeOf<SlicewiseError>();
  // @ts-expect-error a result is there only where the input was taken
  outcome.result;
  if (ruleSet.outcome === 'refused') expectTypeOf(ruleSet.error.code).toEqualTypeOf<string>();
  // @ts-expect-error a slicing is there only where one was done
  ruleSet.slicing;
}

export async function keepsHashesApart(): Promise<void> {
  const { rawHash } = await runtime.getRawdata({ ...PRODUCT, version: 'newest' });
  expectTypeOf(rawHash).toEqualTypeOf<ContentHash>();
  // @ts-expect-error any text is no hash
  const hash: ContentHash = 'sha256:00';
  void hash;
}

export async function takesASignal(signal: AbortSignal): Promise<void> {
  await runtime.ingest({ ...PRODUCT, version: 1, deleted: true }, { signal });
  for await (const outcome of runtime.batch.ingest([], { signal, concurrency: 4 })) {
    expectTypeOf(outcome).toEqualTypeOf<BatchOutcome<IngestResult>>();
  }
  // @ts-expect-error a single call has no concurrency
  await runtime.ingest({ ...PRODUCT, version: 1, deleted: true }, { concurrency: 4 });
}

export function answersAreReadOnly(result: IngestResult): void {
  // @ts-expect-error nobody changes a result
  result.version = 2;
}
