import { inspect } from 'node:util';
import { actionsDrill } from './actions/command.js';
import { cancelsDrill } from './cancels/command.js';
import { crowdDrill } from './crowd.js';
import type { Drill } from './drill.js';
import { largePackageDrill } from './large-package/command.js';
import { matrixDrill } from './matrix/command.js';
import { moveDrill } from './move.js';
import { pruneDrill } from './prune.js';
import { queueDrill } from './queue/command.js';
import { readersDrill } from './readers/command.js';
import { reconcileDrill } from './reconcile/command.js';
import { stormDrill } from './storm/command.js';
import { ticketsDrill } from './tickets/command.js';
import { upgradeDrill } from './upgrade/command.js';
import { UsageProblem } from './with-options.js';

/** All drills. */
const DRILLS: readonly Drill[] = [
  matrixDrill,
  actionsDrill,
  readersDrill,
  crowdDrill,
  pruneDrill,
  moveDrill,
  largePackageDrill,
  cancelsDrill,
  queueDrill,
  ticketsDrill,
  reconcileDrill,
  stormDrill,
  upgradeDrill,
];

const HELP = `npm run drill -- DRILL [OPTIONS]: injects faults into a whole installation and checks what its users would see

${DRILLS.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}

DRILL --help lists its options. Exit status 0: as expected, 1: not as expected, 2: wrong usage.
`;

const [name, ...args] = process.argv.slice(2);
const drill = DRILLS.find((candidate) => candidate.name === name);
const began = Date.now();

/** A line of progress on standard error: standard output is for the outcome. */
function say(line: string): void {
  const seconds = Math.round((Date.now() - began) / 1000);
  process.stderr.write(
    `[${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}] ${line}\n`,
  );
}

if (drill === undefined) {
  const isHelp = name === '--help' || name === undefined;
  (isHelp ? process.stdout : process.stderr).write(isHelp ? HELP : `there is no drill '${name}'\n\n${HELP}`);
  process.exitCode = name === '--help' ? 0 : 2;
} else {
  const status = await drill.run(args, say).catch((error: unknown) => {
    const isUsage = error instanceof UsageProblem;
    process.stderr.write(`${isUsage ? `${error.message} (${name} --help tells its options)` : inspect(error)}\n`);
    return isUsage ? 2 : 1;
  });
  // Everything is undone; calls that an interruption left under way would keep the process alive for as long as they
  // are retried.
  process.exit(status);
}
