/**
 * What this adapter needs of `pg`: its `Pool`, `Client` and `PoolClient` fit as they are. Nobody who imports slicewise
 * needs the types of `pg` for it.
 */

export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  readonly rowMode: 'array';
  readonly types: PostgresTypes;
  /** Milliseconds. */
  readonly query_timeout?: number;
}

/** How a column's text becomes a value, by the OID of its type. */
export interface PostgresTypes {
  // pg's own signature: values arrive as text, since nothing asks for binary.
  getTypeParser(oid: number): (text: string) => unknown;
}

export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: readonly unknown[]; readonly command?: string }>;
}

/** A client on which the caller has begun a transaction. */
export interface PostgresTransactionClient extends PostgresClient {
  /** `I` outside of a transaction; older versions of `pg` do not tell. */
  getTransactionStatus?(): string | null;
}

export interface PostgresPoolClient extends PostgresClient {
  /** @param destroy closes the connection instead of keeping it */
  release(destroy?: boolean): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PostgresPool {
  connect(): Promise<PostgresPoolClient>;
}

const BOOL = 16;
const BYTEA = 17;
const INT8 = 20;
const INT4 = 23;

/** Versions and counters stay within 2^53, so they are numbers here, whatever the process sets for `pg` as a whole. */
export const COLUMN_TYPES: PostgresTypes = {
  getTypeParser: (oid) => {
    switch (oid) {
      case BOOL:
        return (text) => text === 't';
      case BYTEA:
        return (text) => Buffer.from(text.slice('\\x'.length), 'hex');
      case INT8:
      case INT4:
        return Number;
      default:
        return (text) => text;
    }
  },
};
