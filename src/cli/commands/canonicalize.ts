import { canonicalBytes } from '../../domain/canonical/canonicalize.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { readJsonInput } from '../input/read-json-input.ts';
import { type Invocation, positional } from '../invocation.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const document = await readJsonInput(positional(invocation, 0));
  // Nothing else, not even a line end: these are the bytes that are hashed.
  await invocation.terminal.out.write(canonicalBytes(document));
  return EXIT_DONE;
}
