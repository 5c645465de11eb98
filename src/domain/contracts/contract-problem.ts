import { contractError, type SlicewiseError } from '../errors.ts';
import type { RegisteredContract } from './registered-contract.ts';

/** One thing that is wrong with a contract. */
export interface ContractProblem {
  readonly code: string;
  /** RFC 6901 pointer into the document. */
  readonly pointer: string;
  readonly expected: string;
  readonly found: string;
  readonly advice: string;
}

/** A problem and the document that has it. */
export interface LocatedProblem extends ContractProblem {
  readonly origin: string;
  /** From 1; `null` where the origin has none. */
  readonly line: number | null;
  readonly column: number | null;
}

const LISTED_MAX = 50;

export function locateProblem(problem: ContractProblem, registered: RegisteredContract): LocatedProblem {
  const position = registered.locate(problem.pointer);
  return {
    ...problem,
    origin: registered.origin,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}

/**
 * One error for all problems of a contract, so that a person mends them in one go. Its code is the first one's;
 * `details.problems` has every one (the first 50 with their texts in the message).
 */
export function refusalOf(name: string, problems: readonly LocatedProblem[]): SlicewiseError {
  const [first] = problems;
  const lines = problems.slice(0, LISTED_MAX).map((problem) => `\n  ${describeProblem(problem)}`);
  const unlisted = problems.length - lines.length;
  return contractError(
    first?.code ?? 'contract.invalid',
    `${name}: ${problems.length === 1 ? '1 problem' : `${problems.length} problems`}.${lines.join('')}` +
      (unlisted > 0 ? `\n  … and ${unlisted} more` : ''),
    { contract: name, problems },
  );
}

/** @throws the refusal, where there is a problem. */
export function refuseProblems(
  name: string,
  problems: readonly ContractProblem[],
  registered: RegisteredContract,
): void {
  if (problems.length === 0) return;
  throw refusalOf(
    name,
    problems.map((problem) => locateProblem(problem, registered)),
  );
}

function describeProblem(problem: LocatedProblem): string {
  const position = problem.line === null ? '' : `:${problem.line}:${problem.column}`;
  const place = problem.pointer === '' ? 'the document' : problem.pointer;
  return `${problem.origin}${position} ${place}: expected ${problem.expected}, found ${problem.found}. ${problem.advice}`;
}
