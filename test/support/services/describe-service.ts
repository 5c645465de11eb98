import { describe, inject } from 'vitest';
import type { ServiceName } from './running-service.ts';

/**
 * A suite that talks to a real server. Where that cannot be had it is skipped, and the run's last lines say so by the
 * service's name, with which the suite's own begins.
 */
export function describeService(service: ServiceName, define: (url: string) => void): void {
  const url = inject('services')[service];
  describe.skipIf(url === undefined)(`${service} service`, () => define(url ?? 'nowhere:'));
}
