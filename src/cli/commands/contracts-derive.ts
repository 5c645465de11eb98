import { realpath } from 'node:fs/promises';
import type { ContractIndex } from '../../domain/contracts/contract-index.ts';
import { type ContractRefText, formatRef, parseRef } from '../../domain/contracts/contract-ref.ts';
import { type DerivedIndex, parseDerivedIndex } from '../../domain/contracts/derive-indexes.ts';
import type { DerivationRequest } from '../../domain/contracts/derive-rule-set.ts';
import { contractError } from '../../domain/errors.ts';
import {
  type DerivedContracts,
  type DerivedRuleSet,
  deriveContracts,
  type EditedFile,
  indexRegistry,
  unarchivedRuleSets,
} from '../contracts/derive-contracts.ts';
import { EXIT_DONE, EXIT_REFUSED, type ExitCode } from '../exit-code.ts';
import type { Invocation } from '../invocation.ts';
import { withRegistry } from '../open-registry.ts';
import { renderError } from '../output/print-error.ts';
import { printable } from '../output/text-width.ts';
import { unifiedDiff } from '../output/unified-diff.ts';
import { usageError } from '../output/usage-error.ts';
import { writeWholeFile } from '../output/write-whole-file.ts';
import { printResult } from '../print-result.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  const { flags, settings } = invocation;
  const wanted = readWanted(invocation);
  const derived = await withRegistry(settings, async (registry) => {
    const index = await indexRegistry(registry);
    return deriveContracts(index, requestsFor(wanted, index));
  });
  if (flags.has('write')) await writeFiles(derived.files);
  await report(invocation, derived);
  const isRefused = derived.ruleSets.some(({ error }) => error !== null);
  return isRefused || (flags.has('check') && derived.files.length > 0) ? EXIT_REFUSED : EXIT_DONE;
}

interface Wanted {
  readonly dir: string;
  /** `null`: every rule set that may still run. */
  readonly ref: ContractRefText | null;
  readonly indexes: readonly DerivedIndex[];
}

/** @throws `cli.usage`, `contract.ref_invalid`, `selector.*`, `contract.field_unknown` */
function readWanted({ positionals: [ref], flags, settings: { registry } }: Invocation): Wanted {
  if (registry.kind !== 'files') {
    throw usageError('--registry: expected contracts in files, found a registry. Name their folder: --contracts DIR.');
  }
  if (flags.has('write') && flags.has('check')) {
    throw usageError('--check: expected it without --write, found both. Leave one of them out.');
  }
  const indexes = flags.texts('indexes').map(parseDerivedIndex);
  if (ref === undefined && indexes.length > 0) {
    throw usageError(
      '--indexes: expected a rule set in front of it, found none. Name it: contracts derive id@version.',
    );
  }
  return { dir: registry.dir, ref: ref === undefined ? null : formatRef(parseRef(ref)), indexes };
}

/** @throws `contract.none` */
function requestsFor({ dir, ref, indexes }: Wanted, index: ContractIndex): readonly DerivationRequest[] {
  const refs = ref === null ? unarchivedRuleSets(index) : [ref];
  if (refs.length > 0) return refs.map((each) => ({ ref: each, indexes }));
  throw contractError(
    'contract.none',
    `${dir}: expected rule sets (.yaml, .yml or .json) in it or below, found none. Check --contracts.`,
    { path: dir },
  );
}

/** Through links, so that they stay links. @throws `output.unwritable` */
async function writeFiles(files: readonly EditedFile[]): Promise<void> {
  for (const { path, after } of files) await writeWholeFile(await realpath(path), after);
}

async function report(invocation: Invocation, { ruleSets, files }: DerivedContracts): Promise<void> {
  const { flags, settings } = invocation;
  const written = flags.has('write') ? files.map(({ path }) => path) : [];
  const result = { ruleSets, isComplete: files.length === 0, written };
  await printResult(invocation, result, () => renderFiles(invocation, files) + renderSummary(invocation, ruleSets));
  if (settings.format === 'human') await printRemarks(invocation, ruleSets);
}

function renderFiles({ flags, terminal }: Invocation, files: readonly EditedFile[]): string {
  const { paint } = terminal.out;
  if (flags.has('write')) return files.map(({ path }) => `${paint('green', 'written')} ${printable(path)}\n`).join('');
  return files.map(({ path, before, after }) => `${unifiedDiff(path, before, after, paint)}\n`).join('');
}

function renderSummary({ flags }: Invocation, ruleSets: readonly DerivedRuleSet[]): string {
  const lacking = ruleSets.filter(({ additions }) => additions.length > 0).length;
  const count = ruleSets.length === 1 ? '1 rule set' : `${ruleSets.length} rule sets`;
  if (lacking === 0) return `${count}, nothing to add\n`;
  return flags.has('write') ? `${count}, ${lacking} added to\n` : `${count}, ${lacking} to be added to: --write does\n`;
}

async function printRemarks({ terminal: { err } }: Invocation, ruleSets: readonly DerivedRuleSet[]): Promise<void> {
  for (const { ref, origin, needless, error } of ruleSets) {
    for (const { pointer, path, slice, position } of needless) {
      const place = `${origin}${position === null ? '' : `:${position.line}:${position.column}`} ${pointer}`;
      const remark = `${place}: ${path} names ${slice} needlessly; its changes are noticed without`;
      await err.write(`${err.paint('yellow', 'warning')} ${ref}: ${printable(remark)}\n`);
    }
    if (error !== null) await err.write(renderError(error, err.paint));
  }
}
