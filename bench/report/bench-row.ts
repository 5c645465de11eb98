/** One line of the report. Every row is smaller-is-better, so `ratio` is ours / reference and `target` the most it may be. */
export interface BenchRow {
  /** What `--only` and the JSON file call it. */
  readonly id: string;
  readonly title: string;
  /** What it is measured against. */
  readonly against: string;
  readonly unit: 'µs' | 'ms' | 'MB' | 'requests';
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  /** The 10th and 90th percentile of the rounds' ratios; absent where there is one round. */
  readonly spread?: readonly [number, number];
  /** Absent where a row only informs, as is `ok`. */
  readonly target?: number;
  readonly ok?: boolean;
}

/** What a group of rows measured, and what it has to say about it. */
export interface BenchReport {
  readonly rows: readonly BenchRow[];
  /** Printed below the rows, line by line. */
  readonly notes: readonly string[];
}

export interface BenchSettings {
  /** Fewer rounds and documents: to see that everything runs, not to quote. */
  readonly isQuick: boolean;
  /** Sizes that take many minutes. */
  readonly isFull: boolean;
}

export interface BenchGroup {
  /** The ids of its rows are this, or begin with it and `-`. */
  readonly id: string;
  /** Only measured when asked for by name or with `--full`. */
  readonly isSlow?: boolean;
  readonly run: (settings: BenchSettings) => Promise<BenchReport> | BenchReport;
}

type Judged = Omit<BenchRow, 'ratio' | 'ok'> & { readonly ratio?: number };

export function judge(row: Judged): BenchRow {
  const ratio = row.ratio ?? row.ours / row.reference;
  return row.target === undefined ? { ...row, ratio } : { ...row, ratio, ok: ratio <= row.target };
}
