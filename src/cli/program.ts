import { Command, CommanderError, Option } from 'commander';
import { COMMANDS, type CommandSpec, GROUPS } from './command-list.ts';
import { EXIT_DONE, EXIT_USAGE, type ExitCode, exitCodeOf } from './exit-code.ts';
import { readFlags } from './flags.ts';
import { GLOBAL_OPTIONS, type OptionSpec } from './global-options.ts';
import { printError } from './output/print-error.ts';
import { createSink, type Terminal } from './output/terminal.ts';
import { usageError } from './output/usage-error.ts';
import { readPackageVersion } from './package-version.ts';
import { readSettings } from './settings.ts';

/** Runs one command line to its end; whatever happens, it ends as an exit code and a message. */
export async function runCommandLine(args: readonly string[]): Promise<ExitCode> {
  // The command line may be wrong, and how it wants its errors is still to be honoured.
  const format = args.includes('--json') ? 'json' : 'human';
  const colour = args.includes('--no-color') ? 'never' : 'auto';
  const terminal: Terminal = {
    out: createSink(process.stdout, { name: 'stdout', colour }),
    err: createSink(process.stderr, { name: 'stderr', colour }),
  };
  const outcome: { exitCode: ExitCode } = { exitCode: EXIT_DONE };
  const program = buildProgram(async (spec, command) => {
    const flags = readFlags(explicitOptions(command));
    const settings = readSettings(flags, process.env);
    const { run } = await spec.load();
    outcome.exitCode = await run({ positionals: flattenPositionals(command.processedArgs), flags, settings, terminal });
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT_DONE;
    const shown = error instanceof CommanderError ? toUsageError(error) : error;
    if (shown === null) return EXIT_USAGE;
    const detail = process.env['SLICEWISE_DEBUG'] === '1' ? 'stack' : 'message';
    await printError(shown, terminal.err, { format, detail });
    return exitCodeOf(shown);
  }
}

type Action = (spec: CommandSpec, command: Command) => Promise<void>;

function buildProgram(action: Action): Command {
  const program = new Command('slicewise')
    .description('Contract-first deterministic data runtime: RawData in, changesets, slices and views out.')
    .usage('[global options] <command> …')
    .version(readPackageVersion(), '-V, --version', 'print the version')
    .exitOverride()
    // Errors of the command line are printed with all others, once.
    .configureOutput({ outputError: () => {} })
    // Every command has options; a list that says so for each is harder to read.
    .configureHelp({
      subcommandTerm: (command) => [command.name(), command.usage().replace('[options] ', '')].join(' '),
    })
    .showSuggestionAfterError()
    // So that a command may have a --version of its own; the global options are declared on both sides of its name.
    .enablePositionalOptions()
    .helpCommand(false);
  addGlobalOptions(program);
  const groups = new Map<string, Command>();
  for (const spec of COMMANDS) {
    const [first = '', second] = spec.name.split(' ');
    if (second === undefined) {
      addCommand(program, first, spec, action);
      continue;
    }
    const group = groups.get(first) ?? addGroup(program, first);
    groups.set(first, group);
    addCommand(group, second, spec, action);
  }
  return program;
}

function addGroup(program: Command, name: string): Command {
  const group = program
    .command(name)
    .description(GROUPS[name] ?? '')
    .enablePositionalOptions()
    .helpCommand(false);
  addGlobalOptions(group);
  return group;
}

function addCommand(parent: Command, name: string, spec: CommandSpec, action: Action): void {
  const command = parent.command(name).summary(spec.summary).description(describeCommand(spec));
  for (const [notation, description] of spec.positionals) command.argument(notation, description);
  for (const option of spec.options) command.addOption(toOption(option));
  addGlobalOptions(command);
  const examples = spec.examples.map((example) => `  $ ${example}`).join('\n');
  command.addHelpText('after', `\nExample:\n${examples}`);
  command.action(() => action(spec, command));
}

function describeCommand(spec: CommandSpec): string {
  const sentence = `${spec.summary.slice(0, 1).toUpperCase()}${spec.summary.slice(1)}.`;
  return spec.description === undefined ? sentence : `${sentence}\n\n${spec.description}`;
}

function addGlobalOptions(command: Command): void {
  for (const option of GLOBAL_OPTIONS) command.addOption(toOption(option).helpGroup('Global options:'));
}

function toOption({ flags, description, isRequired, choices }: OptionSpec): Option {
  const option = new Option(flags, description).makeOptionMandatory(isRequired === true);
  return choices === undefined ? option : option.choices(choices);
}

/** What was written on the command line, on either side of the command's name; the nearer to the end wins. */
function explicitOptions(command: Command): Record<string, unknown> {
  const values: Record<string, unknown> = command.parent === null ? {} : explicitOptions(command.parent);
  const own: Readonly<Record<string, unknown>> = command.opts();
  for (const [name, value] of Object.entries(own)) {
    if (command.getOptionValueSource(name) === 'cli') values[name] = value;
  }
  return values;
}

function flattenPositionals(values: readonly unknown[]): readonly string[] {
  return values.flat().filter((value) => typeof value === 'string');
}

/** `null`: it has been said already, as help. */
function toUsageError(error: CommanderError) {
  if (error.code === 'commander.help') return null;
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\n/g, ' ')
    .replace(/\.$/, '');
  return usageError(`command line: ${message}. Run the command with --help to see its usage.`);
}
