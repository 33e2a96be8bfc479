#!/usr/bin/env node
/** The command `copr-backend-service`. */
import { runProgram } from '../scripts/run-program.mjs';

await runProgram(async () => (await import('../dist/src/cli/service/backend-service.js')).createBackendService());
