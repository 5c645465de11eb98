import { describe, inject } from 'vitest';
import { type Need, needing } from './missing-service.ts';
import { type ServiceName, variableOf } from './running-service.ts';

/** A suite that talks to a real server. Where that cannot be had it is skipped, and the run's last lines say so. */
export function describeService(service: ServiceName, define: (url: string) => void): void {
  const url = inject('services')[service];
  describe(`${service} service`, needing(needOf(service)), () => define(url ?? 'nowhere:'));
}

export function needOf(service: ServiceName): Need {
  const isThere = inject('services')[service] !== undefined;
  return { what: service, isThere, advice: `Set ${variableOf(service)} to the URL of one.` };
}
