import { inspect } from 'node:util';
import {
  DynamoDBServiceException,
  InternalServerError,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { toStoreError } from '../../../src/adapters/dynamodb/dynamodb-errors.ts';
import { DamagedItem } from '../../../src/adapters/dynamodb/item.ts';
import { RetriesExhausted } from '../../../src/adapters/dynamodb/retries-exhausted.ts';

const SECRET = 'FwoGZXIvYXdzEXAMPLETOKEN';
const said = { message: 'said', $metadata: {} };

function serviceError(name: string, message = 'said', $fault: 'client' | 'server' = 'client') {
  return new DynamoDBServiceException({ name, message, $fault, $metadata: {} });
}

function cancelled(...codes: readonly string[]) {
  return new TransactionCanceledException({
    ...said,
    CancellationReasons: codes.map((Code) => ({ Code, Message: Code })),
  });
}

function systemError(code: string) {
  return Object.assign(new Error(`connect ${code}`), { code });
}

function errorOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

describe('an error of the SDK', () => {
  it.each([
    ['store.throttled', new ProvisionedThroughputExceededException(said)],
    ['store.throttled', new RequestLimitExceeded(said)],
    ['store.throttled', serviceError('ThrottlingException')],
    ['store.throttled', cancelled('None', 'ThrottlingError')],
    ['store.throttled', cancelled('ProvisionedThroughputExceeded', 'None')],
    ['store.throttled', cancelled('None', 'TransactionConflict')],
    ['store.throttled', new TransactionConflictException(said)],
    ['store.timeout', serviceError('TimeoutError')],
    ['store.timeout', systemError('ETIMEDOUT')],
    ['store.unavailable', new InternalServerError(said)],
    ['store.unavailable', serviceError('ServiceUnavailable', 'said', 'server')],
    ['store.unavailable', systemError('ECONNREFUSED')],
    ['store.unavailable', systemError('ECONNRESET')],
    // As the SDK hands on a connection that was lost under a request.
    ['store.unavailable', Object.assign(systemError('ECONNRESET'), { name: 'TimeoutError' })],
    ['store.unavailable', systemError('ENOTFOUND')],
    ['store.unavailable', serviceError('UnrecognizedClientException')],
    ['store.unavailable', serviceError('AccessDeniedException')],
    ['store.foreign', new ResourceNotFoundException(said)],
    ['store.record_refused', serviceError('ValidationException', 'Item size has exceeded the maximum allowed size')],
    ['store.record_refused', cancelled('None', 'ValidationError')],
    ['store.corrupt', new DamagedItem('item without a readable version')],
    ['store.corrupt', new SyntaxError('Unexpected end of JSON input')],
  ])('is %s: %s', (code, error) => {
    expect(toStoreError(error, 'dynamodb://here/test-')).toMatchObject({
      code,
      details: { store: 'dynamodb://here/test-' },
    });
  });

  it('that outlived its retries says how often it was tried', () => {
    const exhausted = new RetriesExhausted(6, new RequestLimitExceeded(said));
    expect(toStoreError(exhausted, 'dynamodb:')).toMatchObject({
      code: 'store.throttled',
      retryable: true,
      message: expect.stringContaining('RequestLimitExceeded after 6 tries'),
    });
  });

  it.each([
    'InvalidSignatureException',
    'UnrecognizedClientException',
    'CredentialsProviderError',
    'AccessDeniedException',
  ])('that speaks of credentials is passed on without what it says of them: %s', (name) => {
    const error = toStoreError(serviceError(name, `The canonical string: x-amz-security-token:${SECRET}`), 'dynamodb:');
    expect(error).toMatchObject({ code: 'store.unavailable', message: expect.stringContaining(name) });
    expect(error).not.toHaveProperty('cause');
    expect(JSON.stringify(error)).not.toContain(SECRET);
  });

  it.each([
    ['throttled', 'ThrottlingError'],
    ['refused for its size', 'ValidationError'],
    ['cancelled as none of ours is', 'DuplicateItem'],
  ])('is passed on without the items that it holds: a transaction that was %s', (_case, Code) => {
    const cancellation = new TransactionCanceledException({
      ...said,
      CancellationReasons: [{ Code, Item: { payload: { S: 'Erika' } } }],
    });
    const error = toStoreError(new RetriesExhausted(6, cancellation), 'dynamodb:');
    expect(inspect(error, { depth: null })).toContain('TransactionCanceledException');
    expect(inspect(error, { depth: null })).not.toContain('Erika');
  });

  it('of an item that does not parse says nothing of what is in it', () => {
    const unreadable = () => JSON.parse('{"name":Erika}');
    const error = toStoreError(errorOf(unreadable), 'dynamodb:');
    expect(error).toMatchObject({ code: 'store.corrupt' });
    expect(inspect(error, { depth: null })).not.toContain('Erika');
  });

  it('of our own code stays what it is', () => {
    const defect = new TypeError('undefined is not a function');
    expect(toStoreError(defect, 'dynamodb:')).toBe(defect);
  });
});
