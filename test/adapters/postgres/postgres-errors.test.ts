import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isOfStatement, toStoreError } from '../../../src/adapters/postgres/postgres-errors.ts';
import { storeClosed } from '../../../src/ports/store-errors.ts';

const serverError = (code: string, severity = 'ERROR') =>
  Object.assign(new Error('the server’s own words'), { code, severity });
const nodeError = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

describe('errors of Postgres', () => {
  it.each([
    ['08006', 'store.unavailable'],
    ['25006', 'store.unavailable'],
    ['28P01', 'store.unavailable'],
    ['42501', 'store.unavailable'],
    ['57P01', 'store.unavailable'],
    ['58030', 'store.unavailable'],
    ['53300', 'store.throttled'],
    ['40001', 'store.throttled'],
    ['40P01', 'store.throttled'],
    ['55P03', 'store.throttled'],
    ['57014', 'store.timeout'],
    ['53100', 'store.full'],
  ])('%s is %s, and soft', (state, code) => {
    expect(toStoreError(serverError(state), 'here')).toMatchObject({ code, retryable: true });
  });

  it.each([
    ['3D000', 'store.foreign'],
    ['3F000', 'store.foreign'],
    ['42P01', 'store.foreign'],
    ['XX001', 'store.corrupt'],
    ['22021', 'store.record_refused'],
    ['54000', 'store.record_refused'],
  ])('%s is %s, and hard', (state, code) => {
    expect(toStoreError(serverError(state), 'here')).toMatchObject({
      code,
      retryable: false,
      message: expect.stringMatching(/^store here: expected .*the server’s own words/),
    });
  });

  it.each([
    ['a refused connection', nodeError('ECONNREFUSED'), 'store.unavailable'],
    [
      'all addresses of a host',
      new AggregateError([nodeError('ECONNREFUSED'), nodeError('ENETUNREACH')]),
      'store.unavailable',
    ],
    ['a connection that ended', new Error('Connection terminated unexpectedly'), 'store.unavailable'],
    [
      'a client that broke before',
      new Error('Client has encountered a connection error and is not queryable'),
      'store.unavailable',
    ],
    ['a statement without an answer', new Error('Query read timeout'), 'store.timeout'],
    ['a pool without a free connection', new Error('timeout exceeded when trying to connect'), 'store.timeout'],
    ['a server that does not answer', new Error('Connection terminated due to connection timeout'), 'store.timeout'],
    ['JSON that does not parse', new SyntaxError('Unexpected token'), 'store.corrupt'],
  ])('%s is told', (_, error, code) => {
    expect(toStoreError(error, 'here')).toMatchObject({ code });
  });

  it.each([
    ['a row', Object.assign(serverError('23514'), { detail: 'Failing row contains (acme, Erika).' })],
    ['JSON', new SyntaxError(`Unexpected token 'E', "{"name":Erika}" is not valid JSON`)],
  ])('are passed on without what they quote of %s', (_, error) => {
    expect(inspect(toStoreError(error, 'here'), { depth: null })).not.toContain('Erika');
  });

  it.each([
    ['a defect of ours', new TypeError('x is not a function')],
    ['an error of the port', storeClosed('here')],
    ['no error', 'text'],
  ])('%s stays as it is', (_, error) => {
    expect(toStoreError(error, 'here')).toBe(error);
  });

  it('leave a connection usable only where the server refused a statement', () => {
    expect(isOfStatement(serverError('40P01'))).toBe(true);
    expect(isOfStatement(serverError('57P01', 'FATAL'))).toBe(false);
    expect(isOfStatement(new Error('Query read timeout'))).toBe(false);
  });
});
