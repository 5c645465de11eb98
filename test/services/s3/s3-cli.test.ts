/** The command line with payloads in a bucket. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, it } from 'vitest';
import { createWorkplace, item, ndjson, parseLines } from '../../e2e/support/cli.ts';
import { s3ClientOf } from '../../support/s3-client.ts';
import { describeService } from '../../support/services/describe-service.ts';

describeService('s3', (url) => {
  const bucket = `cli-${process.pid}`;
  const environment = {
    AWS_ENDPOINT_URL_S3: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const inBucket = (name: string) => ['--payload-store', `s3://${name}/shop/?path-style`];

  beforeAll(async () => {
    await s3ClientOf(url).send(new CreateBucketCommand({ Bucket: bucket }));
  });

  it('puts large payloads there, and collects none that a version refers to', async () => {
    const work = await createWorkplace();
    const run = (args: readonly string[], stdin = '') =>
      work.run([...args, ...inBucket(bucket), '--json'], { stdin, environment });
    const large = item('A', 1, { title: 'x'.repeat(120_000) });
    expect(await run(['ingest', '-'], ndjson([large]))).toMatchObject({ exitCode: 0, stderr: '' });
    const collected = await run(['admin', 'gc', '--payloads', '--older-than', '0s']);
    expect(parseLines(collected.stdout)).toMatchObject([{ payloads: { examined: 1, referenced: 1, collected: 0 } }]);
  });

  it('says whether the bucket answers', async () => {
    const work = await createWorkplace();
    await work.run(['ingest', '-'], { stdin: ndjson([item('A')]) });
    const check = (name: string) => work.run(['admin', 'check', ...inBucket(name)], { environment });
    expect(await check(bucket)).toMatchObject({ exitCode: 0, stdout: 'the store is as it should be\n' });
    expect(await check('nobody-made-this')).toMatchObject({
      exitCode: 1,
      stdout: expect.stringMatching(/^store s3:\/\/nobody-made-this\/shop\/: .*NoSuchBucket.*Make the bucket/),
    });
  });
});
