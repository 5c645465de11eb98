import { canonicalSlice } from '../../domain/canonical/hash.ts';
import { parseRef } from '../../domain/contracts/contract-ref.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { readJsonInput } from '../input/read-json-input.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  // The ref is part of the hash and the contract is not, so the contract need not be there.
  const ruleSet = parseRef(requiredFlag(invocation, 'ruleSet'));
  const { hash } = canonicalSlice(await readJsonInput(positional(invocation, 0)), ruleSet);
  await printResult(invocation, { hash }, () => `${hash}\n`);
  return EXIT_DONE;
}
