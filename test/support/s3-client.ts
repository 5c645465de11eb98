import { S3Client } from '@aws-sdk/client-s3';

/** Stands for a secret that no message may hold. */
export const S3_SECRET = 'not-to-be-told';

/** A client of a server that takes any credentials and knows no names of hosts. */
export function s3ClientOf(endpoint: string): S3Client {
  const credentials = { accessKeyId: `id-${S3_SECRET}`, secretAccessKey: S3_SECRET };
  return new S3Client({ endpoint, credentials, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 });
}
