import { type Flags, parseNumber } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { usageError } from '../output/usage-error.ts';

/** What the command line asks to be followed. */
export type FanOutRequest =
  | { readonly of: 'range'; readonly entityKey: string; readonly fromVersion: number; readonly toVersion: number }
  /** Whatever its status says is owed. */
  | { readonly of: 'owed'; readonly entityKey: string }
  | { readonly of: 'plan'; readonly path: string };

/** @throws `cli.usage` */
export function readRequest({ positionals, flags }: Invocation): FanOutRequest {
  const [entityKey, from, to] = positionals;
  const path = flags.text('plan');
  if (path !== undefined) return readPlanRequest(path, positionals, flags);
  if (entityKey === undefined) {
    throw usageError('command line: expected an entity key, or --plan with the file of a plan, found neither.');
  }
  if (from === undefined) return { of: 'owed', entityKey };
  if (to === undefined) {
    throw usageError(`command line: expected two versions, or none for what is owed, found ${from} alone. Give both.`);
  }
  return { of: 'range', entityKey, fromVersion: parseNumber(from, 'from'), toVersion: parseNumber(to, 'to') };
}

function readPlanRequest(path: string, positionals: readonly string[], flags: Flags): FanOutRequest {
  if (positionals.length > 0) {
    throw usageError(
      `--plan: expected no entity key beside it, for the plan says what has changed, found ${positionals[0]}. Give one of them.`,
    );
  }
  if (flags.text('out') !== undefined) {
    throw usageError('--out: expected a plan that is made now, found --plan, which is written down. Copy the file.');
  }
  return { of: 'plan', path };
}
