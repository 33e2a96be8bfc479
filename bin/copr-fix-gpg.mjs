#!/usr/bin/env node
/** The command `copr-fix-gpg`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/program.js')).fixGpgProgram());
