import { describe, expect, it } from 'vitest';
import {
  groupDigits,
  renderDuration,
  renderProgressBar,
  renderProgressLine,
} from '../../../src/cli/ingest/progress.ts';

const state = { unit: 'records', done: 12_400, refused: 12, reached: 310, total: 1_000, elapsedMs: 4_000 };

describe('a progress bar', () => {
  it('shows share, count, rate, refusals and time left', () => {
    expect(renderProgressBar(state, 120)).toBe(
      '███████▍░░░░░░░░░░░░░░░░  31%  12,400 records  3,100/s  12 refused  about 9 s left',
    );
  });

  it('drops from the end what does not fit', () => {
    expect(renderProgressBar(state, 50)).toBe('███████▍░░░░░░░░░░░░░░░░  31%  12,400 records');
  });

  it('has no bar where nobody knows the size', () => {
    expect(renderProgressBar({ ...state, total: null }, 120)).toBe('12,400 records  3,100/s  12 refused');
  });

  it('is full at the end, also where more was read than was measured', () => {
    expect(renderProgressBar({ ...state, reached: 2_000, refused: 0 }, 120)).toBe(
      '████████████████████████ 100%  12,400 records  3,100/s',
    );
  });
});

describe('a line of progress', () => {
  it('says the same in words', () => {
    expect(renderProgressLine(state)).toBe('31%, 12,400 records, 3,100/s, 12 refused, about 9 s left');
  });

  it('claims no rate before any time has passed', () => {
    expect(renderProgressLine({ unit: 'records', done: 0, refused: 0, reached: 0, total: 0, elapsedMs: 0 })).toBe(
      '0 records',
    );
  });
});

describe('numbers', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [1_000, '1,000'],
    [1_234_567, '1,234,567'],
  ])('%i is grouped as %s', (count, text) => {
    expect(groupDigits(count)).toBe(text);
  });

  it.each([
    [10, '1 s'],
    [89_000, '89 s'],
    [91_000, '2 min'],
    [7_200_000, '2 h'],
  ])('%i ms are %s', (ms, text) => {
    expect(renderDuration(ms)).toBe(text);
  });
});
