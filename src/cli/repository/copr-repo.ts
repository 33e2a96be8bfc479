import { realpathSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { createPlanFiles } from '../../adapters/plan-files/plan-files.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import { repositoryChange, type RepositoryChange } from '../../contracts/repository/repository.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { plainJson } from '../../domain/plain-text.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { withClient } from '../../starters/connect.js';
import { inStore, type StoreKind } from '../../contracts/store-kind.js';
import { asProgram } from '../as-program.js';
import { CommandError, EXIT_STATUS, foreseenStatus, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';
import { storeOption } from '../store-option.js';
import { printWait } from './print-wait.js';
import { storeOfProject } from '../../starters/project-store.js';
import { requestRepository } from '../../starters/repository-request.js';
import { readSettings, type Settings } from '../../starters/settings.js';

type Options = {
  readonly delete: readonly string[];
  readonly add: readonly string[];
  readonly rpmsToRemove: readonly string[];
  readonly devel?: boolean;
  readonly appstreamMetadata: boolean;
  readonly doStat?: boolean;
  readonly dryRun?: boolean;
  readonly store?: StoreKind;
  readonly config?: string;
  readonly debug?: boolean;
};

const HELP = `
Without --add, --delete and --rpms-to-remove the whole directory is scanned.
The request goes to the one workflow that writes this directory's metadata, and is waited for: it may share a run with
others. Deleted builds leave the metadata at once, and the disk after generation_grace_hours.

Exit status:
  0  done: clients can see it
  1  failed, and why
  2  wrong usage`;

/**
 * The command \`copr-repo\` with the options it always had (docs/neighbours/createrepo.md#copr-repo), and
 * \`--dry-run\`.
 */
export function createCoprRepo(): Command {
  const command = new Command('copr-repo')
    .description("rebuild or change a directory's repository metadata")
    .argument('<directory>', 'chroot directory below destdir')
    .option('--delete <subdir>', 'build directory to remove; may be given several times', subdirectories, [])
    .option('--add <subdir>', 'build directory to add; may be given several times', subdirectories, [])
    .option(
      '--rpms-to-remove <path>',
      'package to remove, relative to the directory; may be given several times',
      paths,
      [],
    )
    .option('--devel', 'devel/repodata only')
    .option('--no-appstream-metadata', 'make no appstream metadata')
    .option('--batched', 'accepted for compatibility: requests always share runs')
    .option('--do-stat', 'read packages again whose size or time changed')
    .option('--log-to-stdout', 'accepted for compatibility: messages go to standard error')
    .option('--dry-run', 'say what would be asked for, and change nothing')
    .addOption(storeOption())
    .option('--config <file>', 'configuration; default: $COPR_BE_CONFIG, then as copr-backend')
    .option('--debug', 'show whole errors with their stacks')
    .showHelpAfterError('(--help shows how it is used)')
    .addHelpText('after', HELP)
    .action((directory: string, options: Options) =>
      runCommandAction(options.debug === true, () => askWithOldStatus(directory, options)),
    );
  return asProgram(command);
}

/** The old command had one exit status for everything that went wrong after its arguments. */
async function askWithOldStatus(directory: string, options: Options): Promise<ExitStatus> {
  try {
    return await ask(directory, options);
  } catch (error) {
    const status = foreseenStatus(error);
    if (!(error instanceof Error) || status === null || status === EXIT_STATUS.usage) throw error;
    throw new CommandError(EXIT_STATUS.failed, error.message, { cause: error });
  }
}

async function ask(directory: string, options: Options): Promise<ExitStatus> {
  const settings = readSettings(options.config ?? process.env['COPR_BE_CONFIG']);
  const repository = repositoryOf(directory, settings);
  const { add, rpmsToRemove: removeRpms } = options;
  const isFull = add.length + options.delete.length + removeRpms.length === 0;
  const change = repositoryChange(isFull ? 'full' : 'change', {
    ...{ add, delete: options.delete, removeRpms },
    devel: options.devel === true,
    appstream: options.appstreamMetadata && options.devel !== true,
    doStat: options.doStat === true,
    ...inStore(options.store ?? (await storeOfProject(settings, repository))),
  });
  if (options.dryRun === true) {
    printLines([plainJson({ repository, change })]);
    return EXIT_STATUS.ok;
  }
  return withClient(settings, async (open) => {
    const short: RepositoryChange = await createPlanFiles({ destdir: settings.destdir }).shorten(repository, change);
    const failure = await requestRepository(open, {
      repository,
      change: short,
      storage: settings.storage,
      waits: printWait,
    });
    if (failure === null) return EXIT_STATUS.ok;
    throw new CommandError(EXIT_STATUS.failed, failureText(failure));
  });
}

/** Read from the right: chroot, CoprDir, owner; links are resolved before. */
function repositoryOf(directory: string, settings: Settings): RepositoryId {
  let real: string;
  let root: string;
  try {
    [real, root] = [realpathSync(directory), realpathSync(settings.destdir)];
  } catch (error) {
    throw new CommandError(EXIT_STATUS.failed, `${directory} cannot be read, or destdir ${settings.destdir}`, {
      cause: error,
    });
  }
  const [owner, dirname, chroot, ...more] = path.relative(root, real).split(path.sep);
  const names = [owner, dirname, chroot].filter((name) => name !== undefined && isSafeName(name));
  if (owner !== undefined && dirname !== undefined && chroot !== undefined && more.length === 0 && names.length === 3)
    return { owner, dirname, chroot };
  throw new CommandError(EXIT_STATUS.failed, `${real} is not a chroot directory below ${root}: OWNER/PROJECT/CHROOT`);
}

function subdirectories(value: string, before: readonly string[]): readonly string[] {
  if (value !== '' && !/\.\.|[ /]/.test(value)) return [...before, value];
  throw new InvalidArgumentError('a build directory is one plain name');
}

function paths(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
