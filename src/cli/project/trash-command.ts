import { Command } from 'commander';
import { createTrash } from '../../adapters/trash/trash.js';
import { SOURCE_CHROOT } from '../../contracts/build/build.js';
import type { RepositoryId } from '../../contracts/names/ids.js';
import type { StoreKind } from '../../contracts/store-kind.js';
import { plainJson } from '../../domain/plain-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { Trash, TrashEntry } from '../../ports/project/trash.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { storeOfProject } from '../../starters/project-store.js';
import { publishRestored } from '../../starters/restored-build.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { commandErrorOf } from '../port-failure.js';
import { printLines } from '../printing.js';
import { readConfig, requireConfigFile, settingsOf, type Settings } from '../../starters/settings.js';
import { tableLines } from '../build/status-text.js';
import { storeOption } from '../store-option.js';
import { deletedElsewhere } from './deleted-elsewhere.js';

type Options = CommonOptions & {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly all?: boolean;
  readonly store?: StoreKind;
};

/** `trash list|restore|empty`: works on the results tree itself, so it runs as the service's user on a host that mounts it. */
export function trashCommand(): Command {
  const list = command('list', 'list deleted results that can be restored, oldest first').action((options: Options) =>
    run(options, async (trash) => {
      const entries = await trash.list();
      if (options.json === true) printLines(entries.map((entry) => plainJson(entry)));
      else if (entries.length === 0) printLines(['the trash is empty']);
      else printLines(tableLines([['ID', 'PATH', 'DELETED', 'GOES', 'BY'], ...entries.map(row)]));
      return EXIT_STATUS.ok;
    }),
  );
  const restore = command('restore', 'put something back where it was; a build is published again')
    .argument('<id>', 'as `trash list` shows it')
    .option('--dry-run', 'say what would be done')
    .addOption(storeOption())
    .action((id: string, options: Options) =>
      run(options, async (trash, settings) => {
        const entry = (await trash.list()).find((candidate) => candidate.id === id);
        if (entry === undefined) throw new CommandError(EXIT_STATUS.noSuchTask, `the trash has no entry ${id}`);
        const build = buildOf(entry);
        // Asked before anything is done: it may not be known.
        const store = build === null ? null : (options.store ?? (await storeOfProject(settings, build.repository)));
        if (options.dryRun !== true) await trash.restore(id);
        if (build !== null && store !== null && options.dryRun !== true)
          await publishRestored(settings, { ...build, store });
        const done = options.dryRun === true ? 'would be restored' : 'is restored';
        const published = build === null ? '' : ', and its repository is asked to publish it';
        say(options, { ...entry, restored: options.dryRun !== true }, `${entry.path} ${done}${published}`);
        return EXIT_STATUS.ok;
      }),
    );
  const empty = command('empty', 'permanently remove the entries that are due')
    .argument('[id]', 'only this, due or not')
    .option('--all', 'everything, due or not')
    .option('--dry-run', 'say what would be removed')
    .action((id: string | undefined, options: Options) =>
      run(options, async (trash) => {
        const known = await trash.list();
        const isMeant = (entry: TrashEntry): boolean =>
          id === undefined ? options.all === true || Date.parse(entry.goesAt) <= Date.now() : entry.id === id;
        const meant = known.filter(isMeant);
        if (id !== undefined && meant.length === 0)
          throw new CommandError(EXIT_STATUS.noSuchTask, `the trash has no entry ${id}`);
        if (meant.length === 0 && options.json !== true) printLines(['nothing is due']);
        if (options.dryRun === true) {
          for (const entry of meant) say(options, { ...entry, removed: false }, `${entry.path} would go`);
          return EXIT_STATUS.ok;
        }
        const failure = await emptied(trash, id === undefined ? { all: options.all === true } : { id });
        const left = new Set((failure === null ? [] : await trash.list()).map((entry) => entry.id));
        for (const entry of meant) {
          const isLeft = left.has(entry.id);
          say(options, { ...entry, removed: !isLeft }, `${entry.path} ${isLeft ? 'stays' : 'removed'}`);
        }
        if (failure === null) return EXIT_STATUS.ok;
        throw commandErrorOf(failure, `what stays in the trash could not be removed: ${failure.message}`);
      }),
    );
  return new Command('trash')
    .description('list, restore and remove deleted results, which are kept for trash_hours')
    .addCommand(list)
    .addCommand(restore)
    .addCommand(empty);
}

function command(name: string, description: string): Command {
  return withCommonOptions(new Command(name)).description(description).option('--json', 'one JSON object per line');
}

function run(options: Options, work: (trash: Trash, settings: Settings) => Promise<ExitStatus>): Promise<void> {
  return runCommandAction(options.debug === true, async () => {
    const config = readConfig(options.config);
    const settings = settingsOf(config, requireConfigFile(options.config));
    const elsewhere = deletedElsewhere(config);
    try {
      return await work(createTrash({ destdir: config.destdir, hours: config.trashHours, elsewhere }), settings);
    } catch (error) {
      if (!(error instanceof PortFailure)) throw error;
      throw commandErrorOf(error);
    } finally {
      await elsewhere.close();
    }
  });
}

/** Removes entries for good; null, or why some of them stay. */
async function emptied(
  trash: Trash,
  which: { readonly all: boolean } | { readonly id: string },
): Promise<PortFailure | null> {
  try {
    await trash.empty({ atMost: Number.POSITIVE_INFINITY, ...which });
    return null;
  } catch (error) {
    if (error instanceof PortFailure) return error;
    throw error;
  }
}

type Build = { readonly repository: RepositoryId; readonly directory: string };

/** An entry that is a build of a chroot with metadata; whole chroots and projects include their metadata. */
function buildOf(entry: TrashEntry): Build | null {
  const [owner, dirname, chroot, directory, ...more] = entry.path.split('/');
  if (!owner || !dirname || !chroot || !directory || more.length > 0 || chroot === SOURCE_CHROOT) return null;
  return directory.endsWith('.log') ? null : { repository: { owner, dirname, chroot }, directory };
}

function row(entry: TrashEntry): readonly string[] {
  return [entry.id, entry.path, entry.at, entry.goesAt, entry.by];
}

function say(options: Options, json: object, text: string): void {
  printLines([options.json === true ? plainJson(json) : text]);
}
