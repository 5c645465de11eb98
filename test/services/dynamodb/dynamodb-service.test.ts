import { expect, it } from 'vitest';
import { describeService } from '../../support/services/describe-service.ts';

describeService('dynamodb', (url) => {
  it('answers on its URL, and refuses who brings no credentials', async () => {
    const answer = await fetch(url);
    expect(answer.status).toBe(400);
  });
});
