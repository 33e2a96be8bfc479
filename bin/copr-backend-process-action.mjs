#!/usr/bin/env node
/** The old name of `copr-backend action run`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/action/process-action.js')).createProcessAction());
