import { formatRef } from '../../domain/contracts/contract-ref.ts';
import { readContractFile } from '../contracts/read-contract-file.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { type Invocation, positional } from '../invocation.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const contracts = await readContractFile(positional(invocation, 0));
  const hashes = contracts.map(({ kind, ref, contentHash }) => ({ kind, ref: formatRef(ref), hash: contentHash }));
  const [only, ...others] = hashes;
  if (only !== undefined && others.length === 0) {
    await printResult(invocation, only, ({ hash }) => `${hash}\n`);
    return EXIT_DONE;
  }
  await printResult(invocation, hashes, () =>
    hashes.map(({ kind, ref, hash }) => `${hash}  ${kind} ${ref}\n`).join(''),
  );
  return EXIT_DONE;
}
