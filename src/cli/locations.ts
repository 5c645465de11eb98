/** Where a command's data and contracts are, as its URLs say. A URL that may hold a password is never shown. */
import { usageError } from './output/usage-error.ts';

export type StoreLocation =
  | { readonly kind: 'memory' }
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }
  | DynamoDbLocation;

export interface DynamoDbLocation {
  readonly kind: 'dynamodb';
  readonly region: string;
  /** Another address than the region's: DynamoDB Local's, say. */
  readonly endpoint?: string;
  /** What the tables' names begin with; the adapter's default where none is given. */
  readonly tablePrefix?: string;
}

export type RegistryLocation =
  | { readonly kind: 'files'; readonly dir: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** Where payloads from 100 KB are, if not where the store has them of itself. */
export type PayloadLocation =
  | { readonly kind: 'files'; readonly dir: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string; readonly isPathStyle: boolean };

const POSTGRES_SCHEME = /^postgres(ql)?:\/\//;

/** `memory:`, `sqlite:PATH`, a path, `postgres://…` or `dynamodb://…`. @throws `cli.usage` */
export function parseStoreUrl(url: string): StoreLocation {
  if (url === 'memory:') return { kind: 'memory' };
  if (isPostgresUrl(url)) return { kind: 'postgres', url };
  if (url.startsWith('dynamodb:')) return parseDynamoDbUrl(url);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1];
  const path = scheme === 'sqlite' ? url.slice('sqlite:'.length) : url;
  // One letter before the colon is a drive, not a scheme.
  if (path !== '' && (scheme === undefined || scheme === 'sqlite')) return { kind: 'sqlite', path };
  throw usageError(
    '--store: expected memory:, sqlite:PATH, a path, postgres://HOST/DATABASE or dynamodb://REGION/PREFIX, found ' +
      `${url.includes('//') ? 'another URL' : JSON.stringify(url)}. Write ./ before a path that holds a colon.`,
  );
}

const DYNAMODB_URL = /^dynamodb:\/\/([A-Za-z0-9.-]+)(:\d+)?(?:\/([A-Za-z0-9_.-]*))?$/;

/** `dynamodb://REGION/PREFIX`; with a port, the address of a server that stands for a region: `dynamodb://localhost:8000`. */
function parseDynamoDbUrl(url: string): DynamoDbLocation {
  const [, host, port, prefix] = DYNAMODB_URL.exec(url) ?? [];
  if (host === undefined) {
    throw usageError(
      '--store: expected dynamodb://REGION/PREFIX or dynamodb://HOST:PORT/PREFIX, found another URL. ' +
        'Credentials are none of it: they come from where the AWS SDK finds them.',
    );
  }
  const place = port === undefined ? { region: host } : { region: 'local', endpoint: `http://${host}${port}` };
  return { kind: 'dynamodb', ...place, ...(prefix && { tablePrefix: prefix }) };
}

/** `postgres://…`. @throws `cli.usage` */
export function parseRegistryUrl(url: string): RegistryLocation {
  if (isPostgresUrl(url)) return { kind: 'postgres', url };
  throw usageError('--registry: expected postgres://HOST/DATABASE, found another URL. Use --contracts for a folder.');
}

const S3_URL = /^s3:\/\/([^/?#@]+)(?:\/([^?#]*))?(\?path-style)?$/;

/** `s3://BUCKET/PREFIX`, or a folder. @throws `cli.usage` */
export function parsePayloadUrl(url: string): PayloadLocation {
  const [, bucket, prefix = '', pathStyle] = S3_URL.exec(url) ?? [];
  if (bucket !== undefined) return { kind: 's3', bucket, prefix, isPathStyle: pathStyle !== undefined };
  if (url !== '' && !/^[a-z][a-z0-9+.-]+:/i.test(url)) return { kind: 'files', dir: url };
  throw usageError(
    '--payload-store: expected s3://BUCKET/PREFIX or a folder, found another URL. Write ./ before a path that holds a colon; ' +
      '?path-style behind the prefix is for servers that know no buckets in host names.',
  );
}

function isPostgresUrl(url: string): boolean {
  return POSTGRES_SCHEME.test(url) && URL.canParse(url);
}
