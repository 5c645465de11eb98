import type { ContractStatus } from '../../domain/contracts/compiled-contracts.ts';
import { EXIT_DONE, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { printResult } from '../print-result.ts';
import { findPublished, readActor, withPublisher } from './with-publisher.ts';

/** Moves the contract that the command line names to a status. */
export function changeStatusTo(invocation: Invocation, status: ContractStatus): Promise<ExitCode> {
  return withPublisher(invocation, async (publisher) => {
    const { kind, ref, status: before } = await findPublished(invocation, publisher);
    const changed = await publisher.changeStatus({ kind, ref, status, actor: readActor(invocation) });
    await printResult(invocation, changed, ({ outcome, ref: name }) =>
      outcome === 'unchanged' ? `${kind} ${name} is ${status}\n` : `${kind} ${name}: ${before} → ${status}\n`,
    );
    return EXIT_DONE;
  });
}
