import { machineArch } from '../loopback/machine-arch.js';
import { cleanUpBuilder } from './builder-directory.js';
import { cancelBuild } from './cancel-build.js';
import type { CommandAnswer, CommandContext } from './command-context.js';
import { splitWords } from './shell-words.js';
import { startBuild } from './start-build.js';

type Command = (context: CommandContext, args: readonly string[]) => Promise<CommandAnswer> | CommandAnswer;

/** Commands of a builder (docs/neighbours/builder.md#commands) that need no separate process. */
const COMMANDS: Readonly<Record<string, Command>> = {
  rpm: answerVersion,
  'copr-builder-ready': answerReady,
  'copr-rpmbuild': startBuild,
  'copr-rpmbuild-cancel': cancelBuild,
  'copr-builder-cleanup': async ({ directory }) => {
    await cleanUpBuilder(directory);
    return { code: 0 };
  },
};

/** Runs a command of the builder; null if it is not one of these, so that a shell has to run it. */
export async function runContractCommand(context: CommandContext, line: string): Promise<CommandAnswer | null> {
  const words = splitWords(line);
  const [program = '', ...args] = words ?? [];
  const name = program.replace(/^\/usr\/s?bin\//, '');
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined || (name === 'rpm' && !args.includes('copr-rpmbuild'))) return null;
  return command(context, args);
}

function answerVersion(_context: CommandContext, args: readonly string[]): CommandAnswer {
  const format = args[args.findIndex((word) => word === '--qf' || word === '--queryformat') + 1] ?? '';
  if (args.includes('--qf') || args.includes('--queryformat')) {
    return { code: 0, stdout: format.replace('%{VERSION}', '1.8').replaceAll(String.raw`\n`, '\n') };
  }
  return { code: 0, stdout: 'copr-rpmbuild-1.8-1.noarch\n' };
}

function answerReady(_context: CommandContext, [chroot = '']: readonly string[]): CommandAnswer {
  const served = `custom-1-${machineArch()}`;
  if (chroot === served || chroot === 'srpm-builds') return { code: 0 };
  return { code: 1, stderr: `There is no chroot ${JSON.stringify(chroot)} here; this builder has ${served}.\n` };
}
