import { contractJsonSchema } from '../../domain/contracts/contract-json-schema.ts';
import { CONTRACT_KINDS } from '../../domain/contracts/registered-contract.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { usageError } from '../output/usage-error.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const [given] = invocation.positionals;
  const kind = CONTRACT_KINDS.find((known) => known === given);
  if (given !== undefined && kind === undefined) {
    throw usageError(`kind: expected one of ${CONTRACT_KINDS.join(', ')}, or none for all of them, found ${given}.`);
  }
  await printResult(invocation, contractJsonSchema(kind), (schema) => `${JSON.stringify(schema, undefined, 2)}\n`);
  return EXIT_DONE;
}
