import { Command } from 'commander';
import { peopleCommands } from './commands/people-commands.js';
import { projectCommands } from './commands/project-commands.js';
import { serverCommands } from './commands/server-commands.js';

const EPILOGUE = `
The playground stands in for what a real installation has elsewhere: a frontend, a Resalloc pool, builders, a web
server for the results, and a signd with its keygen. Each speaks the real protocol on loopback, so a real one replaces it by configuration alone.

Begin with a running playground (npm start), then:
  $ copr-backend playground submit examples/hello-copr/hello-copr.spec --follow
  $ copr-backend playground list
  $ copr-backend playground fork jdoe/hello jdoe/hello-copy --wait
`;

/** The command `playground` with its servers and the commands for people. */
export function playgroundCommand(): Command {
  const command = new Command('playground')
    .description('stand-ins for the neighbours of a Copr backend, and commands to try it')
    .addHelpText('after', EPILOGUE);
  for (const child of [...peopleCommands(), ...projectCommands(), ...serverCommands()]) command.addCommand(child);
  teachUsageErrors(command);
  return command;
}

/** Makes usage errors end with status 2 and a hint, in every sub-command. */
function teachUsageErrors(command: Command): void {
  command.showHelpAfterError('(add --help for what it takes)');
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const child of command.commands) teachUsageErrors(child);
}
