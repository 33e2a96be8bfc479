#!/usr/bin/env node
/** The command `copr-backend-log`, which was copr_run_logger.py. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/program.js')).logProgram());
