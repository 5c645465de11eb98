/** Keys of records, for tests that look into a store. */
import { parseEntityKey, parseTenantId, parseVersion } from '../../src/domain/identity.ts';
import { TENANT } from './runtime-fixture.ts';

export function addressIn(entityKey: string) {
  return { tenantId: parseTenantId(TENANT), entityKey: parseEntityKey(entityKey) };
}

export function rawDataKey(entityKey: string, version: number) {
  return { kind: 'raw-data', ...addressIn(entityKey), version: parseVersion(version) } as const;
}
