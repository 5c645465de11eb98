import type { ContractRef } from '../../domain/contracts/contract-ref.ts';

/** Takes `id@version` apart, as `formatRef` put it together. */
export function readRefText(text: string): ContractRef {
  const at = text.indexOf('@');
  return { id: text.slice(0, at), version: text.slice(at + 1) };
}
