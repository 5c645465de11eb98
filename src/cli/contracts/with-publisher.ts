import { userInfo } from 'node:os';
import type { ContractPublisher, ContractRow } from '../../adapters/postgres/index.ts';
import { formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { contractError } from '../../domain/errors.ts';
import { type Invocation, positional } from '../invocation.ts';
import { usageError } from '../output/usage-error.ts';

/** Lends the registry that `--registry` names to the work, and closes it whatever happens. @throws `cli.usage`, `store.*` */
export async function withPublisher<Result>(
  { settings: { registry } }: Invocation,
  work: (publisher: ContractPublisher) => Promise<Result>,
): Promise<Result> {
  if (registry.kind !== 'postgres') {
    throw usageError('--registry: expected a registry to publish into, found none. Name it: postgres://HOST/DATABASE.');
  }
  const { openPostgresPublisher, parsePostgresUrl } = await import('../../adapters/postgres/index.ts');
  const publisher = await openPostgresPublisher(parsePostgresUrl(registry.url));
  try {
    return await work(publisher);
  } finally {
    await publisher.close();
  }
}

/** Who it is that changes something, for the audit. */
export function readActor({ flags }: Invocation): string {
  return flags.text('by') ?? userInfo().username;
}

/** The one contract that the first positional and `--kind` name. @throws `contract.unknown`, `cli.usage` (several kinds have it) */
export async function findPublished(invocation: Invocation, publisher: ContractPublisher): Promise<ContractRow> {
  const ref = formatRef(parseRef(positional(invocation, 0)));
  const kind = invocation.flags.text('kind');
  const found = (await publisher.list()).filter((row) => formatRef(row.ref) === ref && (kind ?? row.kind) === row.kind);
  const [only, ...others] = found;
  if (only === undefined) {
    throw contractError(
      'contract.unknown',
      `${kind ?? 'contract'} ${ref}: expected it among ${publisher.name}, found none. Mend the ref, or publish the contract.`,
      { ref },
    );
  }
  if (others.length > 0) {
    const kinds = found
      .map((row) => row.kind)
      .toSorted()
      .join(' and ');
    throw usageError(`${ref}: expected one contract of that name, found a ${kinds}. Choose with --kind.`);
  }
  return only;
}
