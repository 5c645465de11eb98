/** Documents of about 300 bytes, made as they are asked for and never held. */
import type { IngestInput } from '../../src/flows/runtime/runtime.ts';
import { TENANT_ID } from './product-lines.ts';

const TEXT = { type: 'string' } as const;

export const SMALL_CONTRACTS: readonly unknown[] = [
  {
    kind: 'Schema',
    id: 'reading',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'reading',
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: { sensor: TEXT, site: TEXT, value: { type: 'number' }, note: TEXT },
    },
  },
  {
    kind: 'RuleSet',
    id: 'reading-core',
    version: '1.0.0',
    status: 'ACTIVE',
    entityType: 'reading',
    schemaRef: 'reading@1.0.0',
    slices: [
      { type: 'READING_CORE', fields: { sensor: 'sensor', value: 'value' } },
      { type: 'READING_NOTE', fields: { note: 'note' } },
    ],
    impactMap: [
      { path: 'sensor', slices: ['READING_CORE'] },
      { path: 'value', slices: ['READING_CORE'] },
      { path: 'note', slices: ['READING_NOTE'] },
      { path: 'site', slices: [] },
    ],
    indexes: [
      {
        type: 'sensor',
        fromSlice: 'READING_CORE',
        selector: { path: 'sensor' },
        indexKey: { format: 'IDX#sensor#{value}#reading' },
      },
    ],
  },
];

const NOTE = 'calibrated, within limits; next visit of the technician is due in the second quarter of the year';

export function* smallItems(count: number): Generator<IngestInput> {
  for (let index = 0; index < count; index += 1) {
    const reading = {
      sensor: `sensor-${index % 1000}`,
      site: `site-${index % 17}`,
      value: index / 8,
      note: NOTE + index,
    };
    const entityKey = `reading#${String(index).padStart(9, '0')}`;
    yield { tenantId: TENANT_ID, entityKey, version: 1, payloadJson: JSON.stringify(reading) };
  }
}
