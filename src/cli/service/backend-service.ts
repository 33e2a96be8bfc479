import { spawnSync } from 'node:child_process';
import { Argument, Command } from 'commander';
import { asProgram } from '../as-program.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';

const TARGET = 'copr-backend.target';
/** Without the ticket clerk, which need not stop with the workers. */
const SERVICES = ['poller', 'build', 'storage', 'action', 'log'].map((role) => `copr-backend-${role}.service`);
const VERBS = ['start', 'stop', 'restart', 'reload', 'status', 'enable', 'disable', 'list'] as const;
type Verb = (typeof VERBS)[number];

const HELP = `
NAME is \`build\`, \`copr-backend-build\` or \`copr-backend-build.service\`; without one it is ${TARGET}, and
for \`reload\` and \`status\` each service of it. The answer is that of systemctl.

Examples:
  copr-backend-service restart
  copr-backend-service status build action

Exit status:
  that of systemctl (of status: 3 if a unit does not run); 0 of list
  1  there is no systemctl, 2  wrong usage`;

/** The command line `copr-backend-service`: systemctl for the units of this package. */
export function createBackendService(): Command {
  const command = new Command('copr-backend-service')
    .description('start, stop and look at the services of this backend, with systemctl')
    .addArgument(new Argument('<command>', 'what to do').choices(VERBS))
    .argument('[name...]', 'services')
    .addHelpText('after', HELP)
    .action((verb: Verb, names: readonly string[]) =>
      runCommandAction(false, () => Promise.resolve(serve(verb, names.map(unitOf)))),
    );
  return asProgram(command);
}

function serve(verb: Verb, named: readonly string[]): ExitStatus {
  if (verb === 'list') {
    printLines([TARGET, ...SERVICES]);
    return EXIT_STATUS.ok;
  }
  const whole = verb === 'reload' || verb === 'status' ? SERVICES : [TARGET];
  const units = named.length === 0 ? whole : named;
  const { status, error } = spawnSync('systemctl', [verb, ...units], { stdio: 'inherit' });
  if (error !== undefined) {
    const message = `systemctl cannot be run (${error.message}): services need a host with systemd`;
    throw new CommandError(EXIT_STATUS.failed, message, { cause: error });
  }
  return (status ?? EXIT_STATUS.failed) as ExitStatus;
}

/** A name without a suffix is a service; `copr-backend` is all of them. */
function unitOf(name: string): string {
  if (name === 'copr-backend') return TARGET;
  if (/\.(service|target)$/.test(name)) return name;
  return `${name.startsWith('copr-backend-') ? name : `copr-backend-${name}`}.service`;
}
