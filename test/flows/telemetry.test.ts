import { type Attributes, metrics, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { validationError } from '../../src/domain/errors.ts';
import { traced } from '../../src/flows/telemetry.ts';

interface RecordedSpan {
  readonly name: string;
  readonly attributes: Attributes;
  status: SpanStatusCode | undefined;
  hasEnded: boolean;
}

const spans: RecordedSpan[] = [];
const durations: Attributes[] = [];

function recordingSpan(name: string): Span {
  const recorded: RecordedSpan = { name, attributes: {}, status: undefined, hasEnded: false };
  spans.push(recorded);
  const span = {
    isRecording: () => true,
    setAttributes: (attributes: Attributes) => Object.assign(recorded.attributes, attributes),
    setStatus: ({ code }: { code: SpanStatusCode }) => {
      recorded.status = code;
    },
    end: () => {
      recorded.hasEnded = true;
    },
  };
  // The calls under test use no other member of a span.
  return span as unknown as Span;
}

describe('traced', () => {
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: recordingSpan,
      // Of the overloads, traced uses the one with a name and a function.
      startActiveSpan: ((name: string, run: (span: Span) => unknown) => run(recordingSpan(name))) as never,
    }),
  });
  metrics.setGlobalMeterProvider({
    // The calls under test use no other instrument.
    getMeter: () =>
      ({
        createHistogram: () => ({ record: (_ms: number, attributes: Attributes) => durations.push(attributes) }),
      }) as never,
  });
  beforeEach(() => {
    spans.length = 0;
    durations.length = 0;
  });
  afterAll(() => {
    trace.disable();
    metrics.disable();
  });

  it('records the identifiers of a call and its result, and nothing of a payload', async () => {
    const input = { tenantId: 't1', entityKey: 'product#P1', version: 'next', payload: { secret: 'of mine' } };
    const result = { version: 3, outcome: 'inserted', decisionTraceId: 'dt_1' };
    expect(await traced('ingest', input, async () => result)).toBe(result);
    expect(spans).toEqual([
      {
        name: 'slicewise.ingest',
        attributes: {
          'slicewise.tenant_id': 't1',
          'slicewise.entity_key': 'product#P1',
          'slicewise.version': 3,
          'slicewise.outcome': 'inserted',
          'slicewise.decision_trace_id': 'dt_1',
        },
        status: undefined,
        hasEnded: true,
      },
    ]);
  });

  it("finds a view's identifiers in its meta", async () => {
    await traced('queryView', {}, async () => ({ status: 'partial', data: {}, meta: { version: 2, slicingId: 's' } }));
    expect(spans[0]?.attributes).toEqual({
      'slicewise.version': 2,
      'slicewise.view_status': 'partial',
      'slicewise.slicing_id': 's',
    });
  });

  it('names the code of an error, ends its span and hands the error on', async () => {
    const error = validationError('version.invalid', 'no such version');
    await expect(traced('slicing', {}, () => Promise.reject(error))).rejects.toBe(error);
    expect(spans[0]).toMatchObject({
      attributes: { 'error.type': 'version.invalid' },
      status: SpanStatusCode.ERROR,
      hasEnded: true,
    });
  });

  it('measures every call, by operation and by error code', async () => {
    await traced('slicing', {}, async () => 1);
    await traced('slicing', {}, () => Promise.reject(new Error('a defect'))).catch(() => undefined);
    expect(durations).toEqual([{ operation: 'slicing' }, { operation: 'slicing', 'error.type': 'unexpected' }]);
  });
});
