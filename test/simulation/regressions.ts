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
      seed: 20,
      workload: {
        contracts: {
          brand: {
            name: 'brand',
            entityType: 'brand',
            keyPath: [{ kind: 'name', name: 'brand_id' }],
            keyPrefix: 'brand#',
            source: 'BRAND_CORE',
            versionRule: 'LATEST',
            projection: [{ name: 'brand_name', path: [{ kind: 'name', name: 'name' }], model: null }],
            missing: 'FAIL_CLOSED',
            keyAbsent: null,
            shards: 2,
          },
          newMissing: 'FAIL_CLOSED',
          page: [
            {
              name: 'maker',
              entityType: 'brand',
              keyPath: [{ kind: 'name', name: 'maker_id' }],
              keyPrefix: 'brand#',
              source: 'BRAND_LOGO',
              versionRule: 'LATEST',
              projection: [{ name: 'maker_logo_url', path: [{ kind: 'name', name: 'logo_url' }], model: null }],
              missing: 'NULL_FIELDS',
              keyAbsent: 'FAIL_CLOSED',
              shards: 2,
            },
          ],
        },
        clients: [
          {
            name: 'a',
            operations: [
              {
                id: 'a5',
                call: 'insertRawdata',
                entityKey: 'product#😀',
                payload: { title: 'Chair', price: 2, brand_id: 'B1', maker_id: null },
                isNumbered: false,
              },
            ],
          },
          {
            name: 'c',
            operations: [
              { id: 'c3', call: 'ingest', entityKey: 'product#😀', payload: null, isNumbered: false },
              {
                id: 'c5',
                call: 'insertRawdata',
                entityKey: 'product#😀',
                payload: { title: 'Chair', price: 1, brand_id: 'B3', maker_id: 'B2', category_ids: ['home'] },
                isNumbered: false,
              },
            ],
          },
          {
            name: 'd',
            operations: [
              {
                id: 'd4',
                call: 'ingest',
                entityKey: 'product#😀',
                payload: {
                  title: 'Chair',
                  price: 1,
                  brand_id: 'B1',
                  maker_id: null,
                  category_ids: ['😀', 'ﬁ', 'a'],
                  note: 'mark 4',
                },
                isNumbered: false,
              },
            ],
          },
        ],
      },
      spared: [],
    },
  },
];
