import { isSlicewiseError } from '../../src/index.ts';
import { claim, quote } from './terminal.ts';

/**
 * Runs what must be refused, and quotes the message.
 * @param folder one whose name is another each time; the quotation leaves it out
 */
export async function expectRefusal(code: string, step: () => Promise<unknown>, folder?: string): Promise<void> {
  const error = await step().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isSlicewiseError(error)) {
    claim(`refused: ${code}`, false);
    return;
  }
  quote(folder === undefined ? error.message : error.message.replaceAll(folder, '…'));
  claim(`refused: ${error.code}`, error.code === code);
}
