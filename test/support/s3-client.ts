import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/** Stands for a secret that no message may hold. */
export const S3_SECRET = 'not-to-be-told';

/** For a server that takes any credentials and knows no names of hosts. */
export function s3ConfigOf(endpoint: string): S3ClientConfig {
  const credentials = { accessKeyId: `id-${S3_SECRET}`, secretAccessKey: S3_SECRET };
  return { endpoint, credentials, region: 'us-east-1', forcePathStyle: true };
}

export function s3ClientOf(endpoint: string): S3Client {
  return new S3Client({ ...s3ConfigOf(endpoint), maxAttempts: 1 });
}
