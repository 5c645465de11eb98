#!/usr/bin/env node
import { runCommandLine } from './program.ts';

// No process.exit: what is still on its way to a pipe would be lost.
runCommandLine(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});
