/**
 * The one family of errors. Every failure that a caller can meet is a `SlicewiseError` with a stable dotted
 * `code`, a `retryable` flag and typed `details`; the guard of each code lives with the stage or port that raises it.
 *
 * A message has four parts, in this order: where, what was expected, what was found, what to do.
 */

/** Whose fault it is, and so what a caller may do about it (rfc-v4-002 §3). */
export type ErrorCategory =
  /** Hard: data or code broke a law. Never retried; somebody has to look. */
  | 'InvariantViolation'
  /** Hard: a contract is missing, malformed, unsound or not allowed here. */
  | 'ContractError'
  /** Hard: the input does not fit. */
  | 'ValidationError'
  /** Hard: versions must be contiguous (rfc-v4-002 §6). */
  | 'VersionGap'
  /** Hard: something that the call needs is not there (fail closed). */
  | 'Missing'
  /** Soft: a lost race; the same call again is safe. */
  | 'Conflict'
  /** Soft: the storage did not answer, or could not. */
  | 'StorageUnavailable'
  /** Soft: no answer in time. */
  | 'Timeout'
  /** Soft: asked to slow down. */
  | 'Throttled'
  /** The caller aborted the call. Not retried: it was on purpose. */
  | 'Aborted';

const SOFT_CATEGORIES: ReadonlySet<ErrorCategory> = new Set(['Conflict', 'StorageUnavailable', 'Timeout', 'Throttled']);

/** Facts behind an error, for machines. Never holds a payload or a secret. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export interface SlicewiseErrorInit {
  readonly category: ErrorCategory;
  /** Stable and dotted, e.g. `rawdata.version_gap`. */
  readonly code: string;
  readonly message: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
  /** Of a soft category, where the very same call can never succeed: the caller has to begin anew. */
  readonly retryable?: false;
}

export class SlicewiseError extends Error {
  override readonly name = 'SlicewiseError';
  readonly category: ErrorCategory;
  readonly code: string;
  readonly details: ErrorDetails;
  /** Whether the same call with the same input may succeed later (rfc-v4-002 §3-2). */
  readonly retryable: boolean;

  constructor(init: SlicewiseErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.category = init.category;
    this.code = init.code;
    this.details = init.details ?? {};
    this.retryable = init.retryable ?? SOFT_CATEGORIES.has(init.category);
  }

  /** The machine form: what `--json` prints and what a status keeps as `lastError`. */
  toJSON(): ErrorReport {
    return {
      code: this.code,
      category: this.category,
      retryable: this.retryable,
      message: this.message,
      details: this.details,
    };
  }
}

export interface ErrorReport {
  readonly code: string;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly message: string;
  readonly details: ErrorDetails;
}

export function isSlicewiseError(error: unknown): error is SlicewiseError {
  return error instanceof SlicewiseError;
}

/** Whether the call's input or its contracts are refused for good: not a soft failure, not the caller's own abort. */
export function isRefusal(error: unknown): error is SlicewiseError {
  return isSlicewiseError(error) && !error.retryable && error.category !== 'Aborted';
}

/** Guard for one code: `hasCode(error, 'rawdata.version_gap')`. */
export function hasCode(error: unknown, code: string): error is SlicewiseError {
  return isSlicewiseError(error) && error.code === code;
}

export function invariantViolation(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'InvariantViolation', code, message, ...(details && { details }) });
}

export function contractError(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'ContractError', code, message, ...(details && { details }) });
}

export function validationError(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'ValidationError', code, message, ...(details && { details }) });
}

export function versionGap(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'VersionGap', code, message, ...(details && { details }) });
}

export function missing(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'Missing', code, message, ...(details && { details }) });
}

export function conflict(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'Conflict', code, message, ...(details && { details }) });
}

/** A race that was lost for good: the same call can never succeed, another one may. */
export function overtaken(code: string, message: string, details?: ErrorDetails): SlicewiseError {
  return new SlicewiseError({ category: 'Conflict', code, message, retryable: false, ...(details && { details }) });
}
