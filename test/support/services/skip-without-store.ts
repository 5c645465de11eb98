/** Skips every test of a project whose store is a server that cannot be had; the run's last lines say so. */
import { beforeEach } from 'vitest';
import { needOf } from './describe-service.ts';
import { needing } from './missing-service.ts';
import { SERVICE_NAMES } from './running-service.ts';

const service = SERVICE_NAMES.find((name) => name === process.env['SLICEWISE_TEST_STORE']);

if (service !== undefined) {
  const { skip: isSkipped, meta } = needing(needOf(service));
  beforeEach(({ task, skip }) => {
    Object.assign(task.meta, meta);
    skip(isSkipped);
  });
}
