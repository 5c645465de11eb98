import { type Attributes, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { isSlicewiseError } from '../domain/errors.ts';

/**
 * Spans and metrics, all named here (rfc-v4-002 §11). They go to whatever OpenTelemetry SDK the service has set up, and
 * nowhere without one. Payloads are never recorded.
 */
const INSTRUMENTATION = 'slicewise';
const DURATION_METRIC = 'slicewise.call.duration';

export type TracedOperation =
  | 'insertRawdata'
  | 'createChangeSet'
  | 'slicing'
  | 'queryView'
  | 'ingest'
  | 'planFanOut'
  | 'applyFanOut'
  | 'getRawdata'
  | 'listVersions'
  | 'listManifests'
  | 'listEntities'
  | 'listByState'
  | 'getStatus'
  | 'lookUpIndex'
  | 'sweepIndex'
  | 'activeVersion'
  | 'resume'
  | 'reindex'
  | 'markIndexIncomplete'
  | 'collectPayloads'
  | 'collectSlices'
  | 'eraseEntity'
  | 'listErasures'
  | 'explain';

/** What of an input and a result is recorded: identifiers only. */
const RECORDED = {
  tenantId: 'slicewise.tenant_id',
  entityKey: 'slicewise.entity_key',
  version: 'slicewise.version',
  revision: 'slicewise.revision',
  ruleSetRef: 'slicewise.rule_set_ref',
  viewRef: 'slicewise.view_ref',
  outcome: 'slicewise.outcome',
  status: 'slicewise.view_status',
  slicingId: 'slicewise.slicing_id',
  changesetHash: 'slicewise.changeset_hash',
  decisionTraceId: 'slicewise.decision_trace_id',
} as const;

/** Runs a call as a span of its own and records how long it took and how it ended. */
export function traced<Result>(
  operation: TracedOperation,
  input: object,
  call: () => Promise<Result>,
): Promise<Result> {
  const tracer = trace.getTracer(INSTRUMENTATION);
  const startedAt = performance.now();
  return tracer.startActiveSpan(`slicewise.${operation}`, async (span) => {
    try {
      const result = await call();
      if (span.isRecording()) span.setAttributes({ ...identifiersOf(input), ...identifiersOf(result) });
      recordDuration(startedAt, { operation });
      return result;
    } catch (error) {
      const code = isSlicewiseError(error) ? error.code : 'unexpected';
      if (span.isRecording()) span.setAttributes({ ...identifiersOf(input), 'error.type': code });
      span.setStatus({ code: SpanStatusCode.ERROR, message: code });
      recordDuration(startedAt, { operation, 'error.type': code });
      throw error;
    } finally {
      span.end();
    }
  });
}

function recordDuration(startedAtMs: number, attributes: Attributes): void {
  const durationMs = performance.now() - startedAtMs;
  metrics.getMeter(INSTRUMENTATION).createHistogram(DURATION_METRIC, { unit: 'ms' }).record(durationMs, attributes);
}

function identifiersOf(facts: unknown): Attributes {
  if (typeof facts !== 'object' || facts === null) return {};
  const identifiers: Attributes = {};
  for (const [member, attribute] of Object.entries(RECORDED)) {
    // A view's identifiers lie in its meta.
    const value: unknown = Reflect.get(facts, member) ?? Reflect.get(Reflect.get(facts, 'meta') ?? {}, member);
    if (typeof value === 'string' || typeof value === 'number') identifiers[attribute] = value;
  }
  return identifiers;
}
