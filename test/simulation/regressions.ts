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
        conditions: {
          faultShare: 0.03,
          maxAttempts: 1,
          isWritingTogether: false,
          pauseMs: 60,
          pace: 'even',
          slowCalls: [],
          slowShare: 0,
          crashBehindCommitShare: 0,
        },
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
  {
    was: 'a version was sliced under a rule set that is newer than it, and whoever died behind the commit owed its sources no second look',
    scenario: {
      seed: 84,
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
            missing: 'NULL_FIELDS',
            keyAbsent: 'FAIL_CLOSED',
            shards: 2,
          },
          newMissing: 'TOMBSTONE',
          page: [
            {
              name: 'maker',
              entityType: 'brand',
              keyPath: [{ kind: 'name', name: 'maker_id' }],
              keyPrefix: 'brand#',
              source: 'RAW',
              versionRule: 'LATEST',
              projection: [{ name: 'maker_name', path: [{ kind: 'name', name: 'name' }], model: null }],
              missing: 'TOMBSTONE',
              keyAbsent: null,
              shards: 2,
            },
          ],
        },
        conditions: {
          faultShare: 0.02,
          maxAttempts: 5,
          isWritingTogether: false,
          pauseMs: 60,
          pace: 'standing still',
          crashBehindCommitShare: 0.3,
          slowCalls: [],
          slowShare: 0,
        },
        clients: [
          {
            name: 'a',
            operations: [
              {
                id: 'a1',
                call: 'insertRawdata',
                entityKey: 'product#P1',
                payload: { title: 'Chair', price: 2, brand_id: 'B2', maker_id: 'B1', category_ids: ['home'] },
                firstVersion: null,
              },
            ],
          },
          {
            name: 'b',
            operations: [
              { id: 'b2', call: 'ingest', entityKey: 'brand#B2', payload: null, firstVersion: null },
              { id: 'b3', call: 'resume', refused: 'retry' },
              { id: 'b5', call: 'fanOut', entityKeys: ['brand#B2'], back: 2, times: 2 },
              {
                id: 'b6',
                call: 'ingest',
                entityKey: 'brand#B2',
                payload: { name: 'Bolt', note: 'mark 1' },
                firstVersion: null,
              },
            ],
          },
          {
            name: 'c',
            operations: [
              { id: 'c1', call: 'ingest', entityKey: 'brand#B2', payload: { name: 'Acme' }, firstVersion: 1 },
              { id: 'c2', call: 'moveContract', ref: 'product-core@2.0.0', status: 'ACTIVE' },
              {
                id: 'c3',
                call: 'ingest',
                entityKey: 'brand#B2',
                payload: { name: 'Acme', logo_url: 'acme.svg' },
                firstVersion: 2,
              },
            ],
          },
          {
            name: 'd',
            operations: [
              {
                id: 'd1',
                call: 'ingest',
                entityKey: 'brand#B1',
                payload: { name: 'Acme', logo_url: 'bolt.svg', note: 'mark 2' },
                firstVersion: null,
              },
              { id: 'd2', call: 'fanOut', entityKeys: ['brand#B1', 'brand#B2'], back: 99, times: 1 },
              { id: 'd3', call: 'backfill', entityKey: 'product#P1', ruleSetRef: 'product-core@2.0.0', isFull: false },
            ],
          },
        ],
      },
      spared: [
        'd1.1 commit brand#B1 brand-core@1.0.0 v1.0 after nothing 0',
        'c1.1 commit brand#B2 brand-core@1.0.0 v1.0 after nothing 0',
        'c3.1 putHints  0',
        'b2.1 commit brand#B2 brand-core@1.0.0 v2.0 after v1.0 0',
        'b2.2 putOnce snapshot 55cd69 0',
        'b2.2 putOnce binding RuleSet brand-core@1.0.0 0',
        'd3.1 commit product#P1 product-core@2.0.0 v1.0 after nothing 0',
        'b5.1 get slice brand#B2 brand-core@1.0.0 BRAND_CORE 2e2ae8 0',
        'b6.1 commit product#P1 product-core@1.0.0 v1.1 after v1.0 0',
        'b6.2 get status brand#B2 1',
        'b6.2 range manifests of brand#B2 brand-core@1.0.0 v5 1',
        'b2.1 commit brand#B2 brand-core@1.0.0 v2.0 below the head 0',
        'b3.1 range entities in IDLE 0',
      ],
    },
  },
];
