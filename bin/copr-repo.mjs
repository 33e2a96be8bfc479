#!/usr/bin/env node
/** The command `copr-repo`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/repository/copr-repo.js')).createCoprRepo());
