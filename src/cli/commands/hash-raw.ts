import { parseRef } from '../../domain/contracts/contract-ref.ts';
import { parseEntityKey } from '../../domain/identity.ts';
import { prepareDeletion, prepareRawData } from '../../domain/ingest/raw-data-validator.ts';
import { findSchema } from '../contracts/find-schema.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import { readJsonInput } from '../input/read-json-input.ts';
import { type Invocation, positional, requiredFlag } from '../invocation.ts';
import { withRegistry } from '../open-registry.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const ref = parseRef(requiredFlag(invocation, 'schema'));
  const schema = await withRegistry(invocation.settings, (registry) => findSchema(registry, ref));
  const payload = await readJsonInput(positional(invocation, 0));
  // The hash does not depend on the entity; the key only says of which type it is.
  const entityKey = parseEntityKey(`${schema.entityType}#any`);
  const { rawHash } =
    payload === null ? prepareDeletion({ entityKey, schema }) : prepareRawData({ entityKey, schema, payload });
  await printResult(invocation, { hash: rawHash }, () => `${rawHash}\n`);
  return EXIT_DONE;
}
