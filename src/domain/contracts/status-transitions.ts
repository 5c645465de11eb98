import { contractError } from '../errors.ts';
import type { ContractStatus } from './compiled-contracts.ts';

/**
 * Where a published contract may go: a DRAFT goes out or away, what runs is phased out, and what is being phased out
 * may be brought back. ARCHIVED is the end: the same content goes on as a new version.
 */
export const STATUS_TRANSITIONS: Readonly<Record<ContractStatus, readonly ContractStatus[]>> = {
  DRAFT: ['ACTIVE', 'ARCHIVED'],
  ACTIVE: ['DEPRECATED', 'ARCHIVED'],
  DEPRECATED: ['ACTIVE', 'ARCHIVED'],
  ARCHIVED: [],
};

/** @throws `contract.status_illegal` */
export function assertTransition(contract: string, from: ContractStatus, to: ContractStatus): void {
  const legal = STATUS_TRANSITIONS[from];
  if (from === to || legal.includes(to)) return;
  throw contractError(
    'contract.status_illegal',
    `${contract}: expected ${legal.length === 0 ? 'no other status' : legal.join(' or ')} behind ${from}, found ${to}. ` +
      'Publish what is to run as a new version.',
    { contract, from, to },
  );
}
