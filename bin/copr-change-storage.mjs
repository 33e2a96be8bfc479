#!/usr/bin/env node
/** The command `copr-change-storage`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/maintenance-programs.js')).changeStorageProgram());
