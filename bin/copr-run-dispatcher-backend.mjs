#!/usr/bin/env node
/** The old name of workers in the foreground. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/service/run-dispatcher.js')).createRunDispatcher());
