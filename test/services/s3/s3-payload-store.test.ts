import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { createS3PayloadStore } from '../../../src/adapters/s3/index.ts';
import { describePayloadStore } from '../../conformance/payload-store.suite.ts';
import { locationOf, someBytes } from '../../conformance/record-builders.ts';
import { s3ClientOf } from '../../support/s3-client.ts';
import { describeService } from '../../support/services/describe-service.ts';

describeService('s3', (url) => {
  const client = s3ClientOf(url);
  afterAll(() => client.destroy());

  let buckets = 0;
  const makeBucket = async () => {
    buckets += 1;
    const bucket = `payloads-${process.pid}-${buckets}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return bucket;
  };

  describePayloadStore(
    { describe, it },
    { name: 's3', open: async () => createS3PayloadStore({ bucket: await makeBucket(), client }) },
  );
  describePayloadStore(
    { describe, it },
    {
      name: 's3, under a prefix',
      open: async () => createS3PayloadStore({ bucket: await makeBucket(), prefix: 'a/b/', client }),
    },
  );

  it('keeps two prefixes of one bucket apart', async () => {
    const bucket = await makeBucket();
    await createS3PayloadStore({ bucket, prefix: 'a/', client }).put(locationOf(), someBytes('payload'));
    expect(await createS3PayloadStore({ bucket, prefix: 'b/', client }).get(locationOf())).toBeUndefined();
  });

  it('says that a bucket is not there, softly, and what to do', async () => {
    const store = createS3PayloadStore({ bucket: 'nobody-made-this', client });
    const calls = [() => store.put(locationOf(), someBytes('x')), () => store.list({ ...locationOf(), limit: 1 })];
    for (const call of calls) {
      await expect(call()).rejects.toMatchObject({
        code: 'store.unavailable',
        retryable: true,
        message: expect.stringMatching(/s3:\/\/nobody-made-this\/.*NoSuchBucket.*Make the bucket/),
      });
    }
  });
});
