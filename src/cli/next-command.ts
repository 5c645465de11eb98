import { Option } from 'commander';
import type { Flags } from './flags.ts';
import { GLOBAL_OPTIONS } from './global-options.ts';
import { hidePassword } from './output/hide-password.ts';
import { printable } from './output/text-width.ts';

/**
 * A command to paste into a shell, with the global options of this command line: without them it would go to another
 * store or tenant. A URL's password is left for the person to fill in.
 *
 * @param words the command and its own options, e.g. `['resume', '--retry-refused']`
 */
export function nextCommand(flags: Flags, words: readonly string[]): string {
  return ['slicewise', ...words, ...repeatGlobalOptions(flags)].map(quoteWord).join(' ');
}

/** A word as a POSIX shell reads it; what could steer a terminal is shown escaped. */
export function quoteWord(word: string): string {
  // What shells give a meaning to, at the front or within a word, is all outside this list.
  if (/^[\w./:@%+,-][\w./:@%+,=-]*$/.test(word)) return word;
  return printable(`'${word.replaceAll("'", `'\\''`)}'`);
}

function repeatGlobalOptions(flags: Flags): readonly string[] {
  return GLOBAL_OPTIONS.flatMap((spec) => {
    const option = new Option(spec.flags);
    const long = option.long ?? spec.flags;
    const name = option.attributeName();
    const text = flags.text(name);
    if (text !== undefined) return [long, hidePassword(text)];
    return (option.negate ? flags.isDenied(name) : flags.has(name)) ? [long] : [];
  });
}
