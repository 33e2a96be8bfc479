import { Command, InvalidArgumentError } from 'commander';
import { isAtPulp } from '../../adapters/file-tree/at-pulp.js';
import { buildsIn } from '../../adapters/file-tree/chroots-and-builds.js';
import { createTreePaths } from '../../adapters/file-tree/paths.js';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import {
  createChrootRenamer,
  type ChrootRename,
  type ChrootRenamer,
} from '../../adapters/repository-store/publication/rename-chroot.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import type { ChrootWork } from '../../ports/maintenance/chroot-work.js';
import { PortFailure } from '../../ports/port-failure.js';
import { withClient } from '../../starters/connect.js';
import { readSettings } from '../../starters/settings.js';
import { chrootWork } from '../../starters/under-way.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printError, printLines } from '../printing.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';
import { DRY_RUN, isReal, REAL_RUN, type RealRunOptions } from './real-run.js';

type Pair = { readonly from: string; readonly to: string };
type Options = CommonOptions &
  RealRunOptions & {
    readonly pair: readonly Pair[];
    readonly allowRoot?: boolean;
  };

const HELP = `
Without --real-run it only says what it would do. The old name becomes a link, so that old URLs work. A directory that
work under way uses keeps its name, and the exit status is 1: run it again later. So does one whose packages are at
Pulp.
  copr-rename-chroot --pair epel-9-x86_64:rhel+epel-9-x86_64
  copr-rename-chroot --pair epel-9-x86_64:rhel+epel-9-x86_64 --pair epel-9-aarch64:rhel+epel-9-aarch64 --real-run
${EXIT_STATUS_HELP}`;

/** `copr-rename-chroot`: renames a chroot in every project (docs/neighbours/storage.md#clean-up). */
export function renameChrootCommand(): Command {
  return withCommonOptions(new Command('copr-rename-chroot'))
    .description('rename the directory of a chroot in every project; the old name becomes a link to it')
    .option('--pair <from:to>', 'old and new name; may be repeated', pairs, [])
    .option(...REAL_RUN)
    .option(...DRY_RUN)
    .option(...ALLOW_ROOT)
    .addHelpText('after', HELP)
    .action((options: Options) =>
      runCommandAction(options.debug === true, () => {
        if (options.pair.length === 0) throw new CommandError(EXIT_STATUS.usage, 'name at least one --pair FROM:TO');
        const settings = readSettings(options.config);
        requireServiceUser(settings.destdir, options);
        return withClient(settings, (open) => renameAll(settings.destdir, chrootWork(open), options));
      }),
    );
}

async function renameAll(destdir: string, work: ChrootWork, options: Options): Promise<ExitStatus> {
  const renamer = createChrootRenamer({ destdir });
  const doesIt = isReal(options);
  let kept = 0;
  for (const project of await createPrunableTree({ destdir }).projects()) {
    for (const pair of options.pair) {
      const of = { ...project, ...pair };
      if (!(await renamer.isThere(of))) continue;
      const why = await renameOne({ destdir, renamer }, work, of, doesIt);
      const place = `${of.owner}/${of.dirname}/${of.from}`;
      if (why === null) printLines([`${doesIt ? 'renamed' : 'would rename'}: ${place} to ${of.to}`]);
      else {
        kept += 1;
        printError(`keeps its name: ${place}: ${why}`);
      }
    }
  }
  return kept === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}

/** Why it keeps its name; null: it is renamed, or would be. */
async function renameOne(
  { destdir, renamer }: { readonly destdir: string; readonly renamer: ChrootRenamer },
  work: ChrootWork,
  of: ChrootRename,
  doesIt: boolean,
): Promise<string | null> {
  try {
    const user = (await work.look())({ owner: of.owner, dirname: of.dirname, chroots: [of.from, of.to] });
    if (user !== null) return `${user} uses it, or may: run this again when it has ended`;
    if (await hasPackagesAtPulp(destdir, of)) return 'its packages are at Pulp, where repositories keep their names';
    return await (doesIt ? renamer.rename(of) : renamer.refusal(of));
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return error.message;
  }
}

/** A directory renamed in the tree alone would publish under its new name, and leave the old repository for ever. */
function hasPackagesAtPulp(destdir: string, { owner, dirname, from }: ChrootRename): Promise<boolean> {
  const paths = createTreePaths(destdir);
  const of = { owner, dirname, chroot: from };
  const place = paths.chroot(of);
  return paths.within(`${place} cannot be read`, async () => isAtPulp(place, await buildsIn(paths, of)));
}

function pairs(value: string, before: readonly Pair[]): readonly Pair[] {
  const [from = '', to = '', ...more] = value.split(':');
  if (more.length === 0 && from !== to && [from, to].every((name) => isSafeName(name) && name.includes('-')))
    return [...before, { from, to }];
  throw new InvalidArgumentError('It must be the old and the new name of a chroot: FROM:TO.');
}
