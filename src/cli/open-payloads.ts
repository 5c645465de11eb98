import type { PayloadStore } from '../ports/payload-store.ts';
import { loadS3 } from './load-adapter.ts';
import type { PayloadLocation } from './locations.ts';

/** The store of large payloads that `--payload-store` names. @throws `store.driver_missing` */
export async function openPayloads(location: PayloadLocation): Promise<PayloadStore> {
  switch (location.kind) {
    case 'files': {
      const { createFilePayloadStore } = await import('../adapters/files/index.ts');
      return createFilePayloadStore({ dir: location.dir });
    }
    case 's3': {
      const { bucket, prefix, isPathStyle } = location;
      const { createS3PayloadStore } = await loadS3();
      return createS3PayloadStore({ bucket, prefix, config: { forcePathStyle: isPathStyle } });
    }
  }
}
