import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { GenerationOperation } from '../../contracts/repository/repository.js';
import { failureText } from '../../contracts/failures/failure-text.js';
import { inStore, type StoreKind } from '../../contracts/store-kind.js';
import { diffPackages } from '../../domain/repository/package-diff.js';
import { plainJson } from '../../domain/plain-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { GenerationReader } from '../../ports/repository/generation-reader.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';
import { parseProject } from '../project-argument.js';
import { storeOption } from '../store-option.js';
import { withStores } from './with-stores.js';
import { printWait } from './print-wait.js';
import { healRepositories } from '../../starters/heal-repositories.js';
import { healingLine } from './heal-text.js';
import { diffLines, listLines, packageLines, type PackageList } from './repo-text.js';
import { requestRepository } from '../../starters/repository-request.js';
import { readSettings, type Settings } from '../../starters/settings.js';

type Options = CommonOptions & {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly store?: StoreKind;
};

const HELP = `
They speak of the public metadata of one chroot. A generation is named by its revision, as \`repo list\` shows it.
list, show and diff read the results tree of this host, or ask Pulp if the project is there; the others ask the workflow
that owns the repository, and wait.

  copr-backend repo list jdoe/hello fedora-42-x86_64
  copr-backend repo diff jdoe/hello fedora-42-x86_64 1795391230
  copr-backend repo rollback jdoe/hello fedora-42-x86_64 1795391230 --reason 'broken glibc'
  copr-backend repo release jdoe/hello fedora-42-x86_64

After a rollback changes are prepared and not shown; builds wait for the release ("held by operator").`;

/** The work of a command on one repository. */
type Work = (of: {
  readonly settings: Settings;
  readonly repository: RepositoryId;
  readonly store: StoreKind;
  readonly reader: GenerationReader;
  readonly options: Options;
}) => Promise<ExitStatus>;

/** `repo list|show|diff|rollback|release|pin|unpin|heal`: earlier states of a repository, and damaged ones. */
export function repoCommand(): Command {
  const repo = new Command('repo')
    .description('earlier states of a repository: look, go back, keep; heal damaged ones')
    .addHelpText('after', HELP);
  repo.addCommand(
    repositoryCommand('list', 'generations that are kept, and whether clients are held at one').action(
      (project: string, chroot: string, options: Options) => work({ project, chroot, options }, list),
    ),
  );
  repo.addCommand(
    repositoryCommand('show', 'the packages of a generation')
      .argument('[generation]', 'default: the live one')
      .action((project: string, chroot: string, generation: string | undefined, options: Options) =>
        work({ project, chroot, options }, async ({ reader }) => {
          write(options, await reader.packages(generation ?? null), packageLines);
          return EXIT_STATUS.ok;
        }),
      ),
  );
  repo.addCommand(
    repositoryCommand('diff', 'what came, went and changed between two generations')
      .argument('<from>', 'a generation')
      .argument('[to]', 'default: the live one')
      .action((project: string, chroot: string, from: string, to: string | undefined, options: Options) =>
        work({ project, chroot, options }, async ({ reader }) => {
          write(options, await difference(reader, from, to ?? null), diffLines);
          return EXIT_STATUS.ok;
        }),
      ),
  );
  for (const kind of ['rollback', 'pin', 'unpin'] as const) {
    const command = repositoryCommand(kind, DOES[kind]).argument('<generation>', 'as `repo list` names it');
    if (kind === 'rollback') command.option('--reason <text>', 'why, for those who ask later');
    command.option('--dry-run', 'say what would change, and change nothing');
    repo.addCommand(
      command.action((project: string, chroot: string, generation: string, options: Options) =>
        work({ project, chroot, options }, (of) => operate(of, operationOf(kind, generation, options))),
      ),
    );
  }
  repo.addCommand(
    repositoryCommand('release', 'publish the changes prepared since the rollback')
      .option('--dry-run', 'say what would change, and change nothing')
      .action((project: string, chroot: string, options: Options) =>
        work({ project, chroot, options }, (of) => operate(of, { kind: 'release', by: userInfo().username })),
      ),
  );
  repo.addCommand(healCommand());
  return repo;
}

/** Unlike the others, without arguments it checks all repositories. */
function healCommand(): Command {
  return withCommonOptions(new Command('heal'))
    .description('find metadata that is damaged or does not match its packages, and rebuild it')
    .argument('[owner/project]', 'default: the whole results tree')
    .argument('[chroot]', 'default: all of the project')
    .addOption(storeOption())
    .option('--dry-run', 'list the damage, and change nothing')
    .option('--json', 'one JSON object for each damaged repository')
    .addHelpText('after', HEAL_HELP)
    .action((project: string | undefined, chroot: string | undefined, options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const settings = readSettings(options.config);
        const wanted = project === undefined ? null : parseProject(project, chroot ?? null);
        const { looked, unhealed } = await withStores(settings, options.store, (stores) =>
          healRepositories(settings, wanted, {
            ...stores,
            isRehearsal: options.dryRun === true,
            say: (healing) => write(options, healing, (one) => [healingLine(one)]),
            waits: printWait,
          }),
        );
        if (options.json !== true) printLines([`${looked} repositories were looked at`]);
        return unhealed === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
      }),
    );
}

const HEAL_HELP = `
Of every repository in the results tree it reads the metadata. With createrepo_c of this host it reads
20 packages, and those that look as if "&" had been escaped twice (createrepo_c before 0.20 did that).
Of every repository at Pulp it reads what clients get, and compares it with the records of the builds.
Damaged ones are rebuilt by a full run of the workflow that owns them. Run it where the results are and
createrepo_c is, as the user that owns them:

  copr-backend repo heal --dry-run
  copr-backend repo heal`;

const DOES = {
  rollback: 'make a generation live again and hold the repository there until `release`',
  pin: 'give a generation a URL of its own that stays, with all its packages',
  unpin: 'give up a pinned generation and its URL',
} as const;

function repositoryCommand(name: string, description: string): Command {
  return withCommonOptions(new Command(name))
    .description(description)
    .argument('<owner/project>', 'such as jdoe/hello, @group/hello:pr:12')
    .argument('<chroot>', 'such as fedora-42-x86_64')
    .addOption(storeOption())
    .option('--json', 'the answer as JSON');
}

function operationOf(kind: 'rollback' | 'pin' | 'unpin', generation: string, options: Options): GenerationOperation {
  // A revision in the tree: seconds; at Pulp: microseconds.
  if (!/^\d{1,17}$/.test(generation))
    throw new CommandError(EXIT_STATUS.usage, `'${generation}' is not a generation: it is a number, see \`repo list\``);
  const by = userInfo().username;
  return kind === 'rollback' ? { kind, generation, by, reason: options.reason ?? null } : { kind, generation, by };
}

function work(
  { project, chroot, options }: { readonly project: string; readonly chroot: string; readonly options: Options },
  run: Work,
): Promise<void> {
  return runCommandAction(options.debug === true, async () => {
    const settings = readSettings(options.config);
    const repository = parseProject(project, chroot);
    return withStores(settings, options.store, async ({ storeOf, generations }) => {
      const store = await storeOf(repository);
      return run({ settings, repository, store, reader: await generations(repository, store), options });
    });
  });
}

const list: Work = async ({ reader, repository, options }) => {
  write(options, { repository, ...(await reader.list()) }, listLines);
  return EXIT_STATUS.ok;
};

async function operate(of: Parameters<Work>[0], operation: GenerationOperation): Promise<ExitStatus> {
  const { settings, repository, store, reader, options } = of;
  if (options.dryRun === true) {
    await rehearse(reader, operation, options);
    return EXIT_STATUS.ok;
  }
  const failure = await withClient(settings, (open) =>
    requestRepository(open, {
      ...{ repository, change: { ...operation, ...inStore(store) }, storage: settings.storage },
      waits: printWait,
    }),
  );
  if (failure !== null) throw new CommandError(EXIT_STATUS.failed, failureText(failure));
  write(options, { done: operation }, () => [`${operation.kind}: done`]);
  return EXIT_STATUS.ok;
}

/** Shows what the operation would change for clients; fails if the operation would. */
async function rehearse(reader: GenerationReader, operation: GenerationOperation, options: Options): Promise<void> {
  const { hold, generations, pins } = await reader.list();
  if (operation.kind === 'unpin') {
    const isThere = pins.some(({ generation }) => generation === operation.generation);
    write(options, { wouldChange: isThere }, () => [isThere ? 'its URL would go' : 'it is not pinned: nothing to do']);
    return;
  }
  if (operation.kind === 'release' && hold === null) {
    write(options, { wouldChange: false }, () => ['the repository is not held: nothing to do']);
    return;
  }
  const target =
    operation.kind === 'release'
      ? (generations.find(({ state }) => state === 'prepared')?.generation ?? null)
      : operation.generation;
  const { generation, packages, missing } = await reader.packages(target);
  if (missing.length > 0 && operation.kind !== 'release')
    throw new PortFailure(
      'GenerationIncomplete',
      `${missing.length} of its packages are removed, ${missing[0] ?? ''} …`,
    );
  if (operation.kind === 'pin') {
    write(options, { wouldPin: generation, packages: packages.length }, () => [
      `generation ${generation} with ${packages.length} packages would get a URL of its own`,
    ]);
    return;
  }
  write(options, await difference(reader, null, generation), diffLines);
}

async function difference(
  reader: GenerationReader,
  from: string | null,
  to: string | null,
): Promise<{ readonly from: string; readonly to: string } & ReturnType<typeof diffPackages>> {
  const [before, after]: readonly PackageList[] = [await reader.packages(from), await reader.packages(to)];
  if (before === undefined || after === undefined) throw new Error('two generations were read');
  return { from: before.generation, to: after.generation, ...diffPackages(before.packages, after.packages) };
}

function write<T>(options: Options, value: T, lines: (value: T) => readonly string[]): void {
  printLines(options.json === true ? [plainJson(value)] : lines(value));
}
