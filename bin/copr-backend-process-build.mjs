#!/usr/bin/env node
/** The command `copr-backend-process-build`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/build/process-build.js')).createProcessBuild());
