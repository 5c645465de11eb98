import { type Pace, SLOW_CALLS } from './faults.ts';
import type { OperationName } from './operations.ts';
import type { Weighted } from './random.ts';

/** What a run is about: what is sent, how often, and under which conditions. */
export interface Profile {
  /** Of all clients together: enough for some hundred store calls. */
  readonly operationsMin: number;
  readonly brandsMax: number;
  readonly productsMax: number;
  /** Which kinds of joins are drawn. */
  readonly joins: 'any' | 'newest source';
  /** Of all versions that are sent. */
  readonly brandShare: number;
  /** Of the versions of each. */
  readonly deletedShares: { readonly brand: number; readonly product: number };
  /** Of the versions with a payload, those that are so large that it lies outside. */
  readonly largeShare: number;
  /** How often each kind of operation is drawn. */
  readonly weights: Readonly<Record<OperationName, number>>;
  readonly faultShares: readonly Weighted<number>[];
  readonly crashBehindCommitShares: readonly number[];
  readonly writingTogetherShare: number;
  readonly paces: readonly Pace[];
  /** Before which calls clients stand still is picked from these, so many of them. */
  readonly slowCalls: readonly string[];
  readonly slowCallsCounts: readonly number[];
  readonly slowShares: readonly number[];
  readonly pausesMs: readonly number[];
}

/** A bit of everything. Some runs are calm, so that their races are nobody's fault but the flows'. */
const BROAD: Profile = {
  operationsMin: 30,
  brandsMax: 3,
  productsMax: 4,
  joins: 'any',
  // Sources move about as often as what joins them, so that every product sees several versions of its brands.
  brandShare: 0.45,
  deletedShares: { brand: 0.12, product: 0.12 },
  largeShare: 0,
  weights: {
    ingest: 40,
    insertRawdata: 18,
    ingestBatch: 6,
    slicing: 10,
    createChangeSet: 6,
    backfill: 6,
    upgrade: 2,
    queryView: 10,
    fanOut: 14,
    planFanOut: 2,
    lookUpIndex: 4,
    explain: 4,
    resume: 9,
    moveContract: 5,
    collectPayloads: 0,
    collectSlices: 0,
  },
  faultShares: [
    { weight: 3, choice: 0 },
    { weight: 5, choice: 0.03 },
    { weight: 2, choice: 0.1 },
  ],
  crashBehindCommitShares: [0],
  writingTogetherShare: 0.4,
  paces: ['even'],
  slowCallsCounts: [0],
  slowShares: [0],
  slowCalls: SLOW_CALLS,
  pausesMs: [60],
};

/**
 * A source or two that never rest, few who join them, and clients that stand still for long between two calls: who
 * looks, who commits and who settles meet in every order.
 */
const HOT_SOURCE: Profile = {
  ...BROAD,
  operationsMin: 18,
  brandsMax: 2,
  productsMax: 2,
  joins: 'newest source',
  brandShare: 0.6,
  deletedShares: { brand: 0.2, product: 0.1 },
  weights: {
    ingest: 28,
    insertRawdata: 28,
    ingestBatch: 0,
    slicing: 18,
    createChangeSet: 0,
    backfill: 6,
    upgrade: 16,
    queryView: 2,
    fanOut: 22,
    planFanOut: 0,
    lookUpIndex: 1,
    explain: 0,
    resume: 8,
    moveContract: 2,
    collectPayloads: 0,
    collectSlices: 0,
  },
  faultShares: [
    { weight: 4, choice: 0 },
    { weight: 4, choice: 0.02 },
    { weight: 1, choice: 0.08 },
  ],
  crashBehindCommitShares: [0, 0.1, 0.3],
  writingTogetherShare: 0.2,
  paces: ['even', 'standing still'],
  slowCallsCounts: [0, 1, 2, 4],
  slowShares: [0.2, 0.4],
  pausesMs: [60, 60, 600],
};

/** One source that is deleted and comes back all the time, before the eyes of those that are refused without it. */
const COMING_AND_GOING: Profile = {
  ...HOT_SOURCE,
  operationsMin: 24,
  brandsMax: 1,
  productsMax: 4,
  brandShare: 0.7,
  deletedShares: { brand: 0.5, product: 0.05 },
  weights: { ...HOT_SOURCE.weights, slicing: 4, backfill: 1, upgrade: 3 },
  slowCalls: ['updateStatus product', 'updateStatus product', 'commit product', 'get status brand'],
  slowCallsCounts: [1],
  slowShares: [0.3, 0.7],
  pausesMs: [200, 600],
};

/** One content or two, inserted again and again beside collectors that stall, die and see their clocks jump. */
const COLLECTING_PAYLOADS: Profile = {
  ...BROAD,
  operationsMin: 30,
  brandsMax: 1,
  productsMax: 1,
  brandShare: 0.4,
  deletedShares: { brand: 0.2, product: 0.2 },
  largeShare: 0.8,
  weights: {
    ...BROAD.weights,
    ingest: 12,
    insertRawdata: 50,
    ingestBatch: 0,
    slicing: 4,
    createChangeSet: 0,
    backfill: 0,
    upgrade: 0,
    queryView: 4,
    fanOut: 2,
    planFanOut: 0,
    lookUpIndex: 0,
    explain: 0,
    resume: 3,
    moveContract: 0,
    collectPayloads: 60,
  },
  faultShares: [
    { weight: 2, choice: 0 },
    { weight: 3, choice: 0.04 },
    { weight: 2, choice: 0.12 },
  ],
  writingTogetherShare: 0.1,
  slowCalls: ['payload delete', 'insert'],
  slowCallsCounts: [1, 2, 3],
  slowShares: [0.3, 0.6],
  pausesMs: [60, 200],
};

/** Versions that several slice at once, beside collectors of slices: who puts, who commits and who deletes meet in every order. */
const COLLECTING_SLICES: Profile = {
  ...COLLECTING_PAYLOADS,
  operationsMin: 60,
  brandShare: 0.15,
  deletedShares: { brand: 0.1, product: 0.1 },
  largeShare: 0,
  weights: {
    ...COLLECTING_PAYLOADS.weights,
    ingest: 20,
    insertRawdata: 10,
    slicing: 120,
    backfill: 20,
    resume: 4,
    collectPayloads: 0,
    collectSlices: 60,
  },
  faultShares: [
    { weight: 1, choice: 0 },
    { weight: 3, choice: 0.05 },
    { weight: 3, choice: 0.15 },
  ],
  slowCalls: ['putOnce slice', 'putOnce slice', 'putOnce slice', 'deleteSlice', 'commit'],
  slowCallsCounts: [1, 2],
  slowShares: [0.3, 0.6],
  pausesMs: [5, 20],
};

export const PROFILES: readonly Weighted<Profile>[] = [
  { weight: 2, choice: BROAD },
  { weight: 2, choice: HOT_SOURCE },
  { weight: 1, choice: COMING_AND_GOING },
  { weight: 1, choice: COLLECTING_PAYLOADS },
  { weight: 1, choice: COLLECTING_SLICES },
];
