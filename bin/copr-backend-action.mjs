#!/usr/bin/env node
/** The command `copr-backend-action`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/program.js')).actionProgram());
