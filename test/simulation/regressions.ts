import type { Scenario } from './run-seed.ts';

/** A scenario that once broke a law, by what was wrong then. */
export interface Regression {
  readonly was: string;
  readonly scenario: Scenario;
}

/** Every failure that the simulator finds lands here, shrunk; a report ends with what to put. */
export const REGRESSIONS: readonly Regression[] = [
  {
    was: "a soft error of an ingest of 'next' whose version was in did not say which, and the content went in twice",
    scenario: {
      seed: 347,
      workload: {
        contracts: {
          brand: {
            name: 'brand',
            entityType: 'brand',
            keyPath: [{ kind: 'name', name: 'brand_id' }],
            keyPrefix: 'brand#',
            source: 'RAW',
            versionRule: 'LATEST',
            projection: [{ name: 'brand_name', path: [{ kind: 'name', name: 'name' }], model: null }],
            missing: 'FAIL_CLOSED',
            keyAbsent: null,
            shards: 2,
          },
          newMissing: 'NULL_FIELDS',
          page: [
            {
              name: 'maker',
              entityType: 'brand',
              keyPath: [{ kind: 'name', name: 'maker_id' }],
              keyPrefix: 'brand#',
              source: 'BRAND_CORE',
              versionRule: 'LATEST',
              projection: [{ name: 'maker_name', path: [{ kind: 'name', name: 'name' }], model: null }],
              missing: 'NULL_FIELDS',
              keyAbsent: null,
              shards: 2,
            },
          ],
        },
        conditions: { faultShare: 0.03, maxAttempts: 1, isWritingTogether: false },
        clients: [
          {
            name: 'c',
            operations: [
              {
                id: 'c4',
                call: 'ingest',
                entityKey: 'brand#B1',
                payload: { name: 'Acme', logo_url: 'acme.svg', note: 'mark 1' },
                firstVersion: null,
              },
            ],
          },
          {
            name: 'd',
            operations: [{ id: 'd1', call: 'ingest', entityKey: 'brand#B1', payload: null, firstVersion: null }],
          },
        ],
      },
      spared: [],
    },
  },
];
