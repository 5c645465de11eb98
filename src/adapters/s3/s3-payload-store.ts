import { createHash } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  type _Object as S3Object,
} from '@aws-sdk/client-s3';
import type { ContentHash } from '../../domain/canonical/hash.ts';
import type { EntityAddress, PayloadLocation } from '../../domain/records.ts';
import type { PayloadPage, PayloadQuery, PayloadStore, StoredPayload } from '../../ports/payload-store.ts';
import { nameOf, toPayloadError } from './s3-errors.ts';

export interface S3PayloadStoreOptions {
  /** The bucket; it has to be there. */
  readonly bucket: string;
  /** Before every key, e.g. `slicewise/`; empty where none is given. */
  readonly prefix?: string;
  /** A client that is at hand; it is used as it is, and left open. */
  readonly client?: S3Client;
  /** For the client that is made where none is given: region, endpoint, credentials. The SDK finds what is left out. */
  readonly config?: S3ClientConfig;
  /**
   * How long a client that is made here waits for the next bytes of an answer, or for somebody to take the next ones of a
   * request, in milliseconds, before `store.timeout`. Default 10,000.
   */
  readonly requestTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Large payloads as objects of an S3 bucket: `{prefix}{tenant}/{entity}/{raw hash}.{generation}`. Tenant and entity are
 * SHA-256 in hex, so that every key fits and none tells whose it is. A put is one conditional request.
 *
 * Needs `@aws-sdk/client-s3`, and the permissions that docs/reference/s3.md lists by role. In a bucket that keeps versions,
 * what is deleted stays as a noncurrent version until a lifecycle rule removes it.
 *
 * @throws (from its calls) `store.unavailable`, `store.throttled`, `store.timeout`
 */
export function createS3PayloadStore(options: S3PayloadStoreOptions): PayloadStore {
  const { bucket, prefix = '' } = options;
  const name = `s3://${bucket}/${prefix}`;
  const s3 = options.client ?? ownClient(options);
  const objectAt = (location: PayloadLocation) => ({ Bucket: bucket, Key: prefix + keyOf(location) });
  return {
    name,
    async put(location, bytes) {
      try {
        await s3.send(new PutObjectCommand({ ...objectAt(location), Body: bytes, IfNoneMatch: '*' }));
      } catch (error) {
        if (nameOf(error) === 'PreconditionFailed') return;
        throw toPayloadError(error, name);
      }
    },
    async get(location) {
      try {
        const { Body } = await s3.send(new GetObjectCommand(objectAt(location)));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') return undefined;
        throw toPayloadError(error, name);
      }
    },
    async list(query) {
      const folder = prefix + folderOf(query);
      try {
        const listed = await s3.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: folder,
            MaxKeys: query.limit,
            // By key, not by token: what was deleted since moves no page.
            ...(query.after !== undefined && { StartAfter: folder + query.after }),
          }),
        );
        return toPage(listed, query, folder);
      } catch (error) {
        throw toPayloadError(error, name);
      }
    },
    async delete(location) {
      try {
        await s3.send(new DeleteObjectCommand(objectAt(location)));
      } catch (error) {
        throw toPayloadError(error, name);
      }
    },
  };
}

function ownClient({ config, requestTimeoutMs = REQUEST_TIMEOUT_MS }: S3PayloadStoreOptions): S3Client {
  return new S3Client({
    // The runtime retries; tries of the SDK's own would multiply with its.
    maxAttempts: 1,
    // Of silence, not of a whole request: how long a payload takes is a matter of its size.
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: requestTimeoutMs },
    ...config,
  });
}

/** Hash and generation. */
const PAYLOAD_NAME = /^([0-9a-f]{64})\.(\d+)$/;

function toPage(
  { Contents = [], IsTruncated }: ListObjectsV2CommandOutput,
  query: PayloadQuery,
  folder: string,
): PayloadPage {
  const last = Contents.at(-1)?.Key?.slice(folder.length);
  return {
    items: Contents.flatMap((object) => toStoredPayload(object, query, folder) ?? []),
    next: IsTruncated === true && last !== undefined ? last : null,
  };
}

/** `undefined` for what somebody else has put there. */
function toStoredPayload(object: S3Object, address: EntityAddress, folder: string): StoredPayload | undefined {
  const { Key = '', Size = 0, LastModified = new Date(0) } = object;
  const [, hash, generation] = PAYLOAD_NAME.exec(Key.slice(folder.length)) ?? [];
  if (hash === undefined) return undefined;
  const { tenantId, entityKey } = address;
  // The name has a hash's form.
  const rawHash = `sha256:${hash}` as ContentHash;
  const location = { tenantId, entityKey, rawHash, generation: Number(generation) };
  return { location, payloadBytes: Size, storedAt: LastModified.toISOString() };
}

function folderOf({ tenantId, entityKey }: EntityAddress): string {
  return `${hex(tenantId)}/${hex(entityKey)}/`;
}

function keyOf({ rawHash, generation, ...address }: PayloadLocation): string {
  return `${folderOf(address)}${rawHash.slice(rawHash.indexOf(':') + 1)}.${generation}`;
}

function hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
