import { expect, it } from 'vitest';
import { describeService } from '../../support/services/describe-service.ts';

describeService('s3', (url) => {
  it('keeps a bucket that is made by its path', async () => {
    const made = await fetch(`${url}/slicewise-first`, { method: 'PUT' });
    expect(made.status).toBe(200);
    const asked = await fetch(`${url}/slicewise-first`, { method: 'HEAD' });
    expect(asked.status).toBe(200);
  });
});
