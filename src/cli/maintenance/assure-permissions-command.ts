import { Command, InvalidArgumentError } from 'commander';
import { groupId, userId } from '../../adapters/process/account-ids.js';
import { assurePermissions } from '../../adapters/tree-care/permissions.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { printError, printLines } from '../printing.js';

type Options = {
  readonly owner: string;
  readonly group: string;
  readonly fileMode: number;
  readonly dirMode: number;
  readonly dryRun?: boolean;
  readonly debug?: boolean;
};

const HELP = `
It runs as root, and prints a line for each difference. Links are left alone. Hidden directories, which are closed to the
web server on purpose, keep their modes.
  copr-assure-permissions --dry-run /var/lib/copr/public_html/results
  copr-assure-permissions /var/lib/copr/public_html/results/@copr
${EXIT_STATUS_HELP}`;

/** `copr-assure-permissions DIR`: gives results the owner and modes they need (docs/neighbours/storage.md#clean-up). */
export function assurePermissionsCommand(): Command {
  return new Command('copr-assure-permissions')
    .description('give a directory, and everything in it, to the service, readable for the web server')
    .argument('<directory>', 'where to look')
    .option('--owner <name>', 'name or number of the user', 'copr')
    .option('--group <name>', 'name or number of the group', 'copr')
    .option('--file-mode <octal>', 'mode of files', octal, 0o644)
    .option('--dir-mode <octal>', 'mode of directories', octal, 0o755)
    .option('--dry-run', 'say what would be changed, and change nothing')
    .option('--debug', 'show whole errors with their stacks')
    .addHelpText('after', HELP)
    .action((directory: string, options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const [uid, gid] = [await userId(options.owner), await groupId(options.group)];
        if (uid === null || gid === null) {
          const unknown = uid === null ? `user ${options.owner}` : `group ${options.group}`;
          throw new CommandError(EXIT_STATUS.usage, `this host has no ${unknown}`);
        }
        if (options.dryRun !== true && process.getuid?.() !== 0)
          throw new CommandError(EXIT_STATUS.failed, 'only root can give files to another user: run it as root');
        const verb = options.dryRun === true ? 'would change' : 'changed';
        let failed = 0;
        await assurePermissions(directory, {
          wanted: { uid, gid, fileMode: options.fileMode, directoryMode: options.dirMode },
          dryRun: options.dryRun === true,
          found: ({ file, what }) => printLines([`${verb}: ${file}: ${what}`]),
          trouble: (line) => {
            failed += 1;
            printError(line);
          },
          signal: new AbortController().signal,
        });
        return failed === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
      }),
    );
}

function octal(text: string): number {
  if (/^[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new InvalidArgumentError('It must be an octal mode, such as 0644.');
}
