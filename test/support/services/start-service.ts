import { hasContainerEngine } from './container-engine.ts';
import { type RunningService, type Service, variableOf } from './running-service.ts';

/** Starts a service by the first way that is open. Rejects, with the reason, where it cannot be had. */
export async function startService(service: Service): Promise<RunningService> {
  const url = process.env[variableOf(service.name)];
  if (url) return service.useRunning(url);
  return (await hasContainerEngine()) ? service.startContainer() : service.startProcess();
}
