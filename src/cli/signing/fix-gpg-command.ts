import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import { createResultTree } from '../../adapters/result-tree/result-tree.js';
import type { StoreKind } from '../../contracts/store-kind.js';
import type { ResignStatus, ResignTarget } from '../../contracts/signing/resign.js';
import { namesChroot } from '../../domain/names/chroot.js';
import { plainJson } from '../../domain/plain-text.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { storeOfProject } from '../../starters/project-store.js';
import { cancelResigning, resignRun, startResigning } from '../../starters/resign-run.js';
import { askRun, pauseRun } from '../../starters/steered-run.js';
import { storeOption } from '../store-option.js';
import { progressLine } from './fix-gpg-text.js';
import { printLines, printText } from '../printing.js';
import { steeredText, watchRun } from '../watched-run.js';
import { readSettings, type Settings } from '../../starters/settings.js';

type Options = CommonOptions & {
  readonly chroot: readonly string[];
  readonly dryRun?: boolean;
  readonly status?: boolean;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly cancel?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
  readonly store?: StoreKind;
};

const HELP = `
FILE has a line owner/project for each directory of a project; - reads standard input. Without FILE, --chroot means every
project that has such a chroot:
  copr_fix_gpg.py --chroot fedora-39-x86_64 --dry-run
  copr_fix_gpg.py --chroot fedora-39-x86_64
Packages with a good signature by
the project's key of today are left alone, the others are signed again, and their repositories published. It goes on when
this command ends, and when workers go; --status, --pause, --resume and --cancel take the same FILE.
${EXIT_STATUS_HELP}`;

/** `copr-fix-gpg FILE`: signs the packages of projects again (docs/neighbours/signing.md#signing-packages-again). */
export function fixGpgCommand(): Command {
  return withCommonOptions(new Command('copr-fix-gpg'))
    .description('sign the packages of projects again, with current keys and hashes')
    .argument('[file]', 'list of owner/project, one a line; - is standard input; default: all that have the --chroot')
    .option('--chroot <name>', 'only this chroot, in full or without its architecture; may be repeated', collect, [])
    .option('--dry-run', 'say what would be looked at, and change nothing')
    .option('--status', 'how far it is')
    .option('--pause', 'pause after the current batch')
    .option('--resume', 'go on')
    .option('--cancel', 'end after the current batch; signed packages stay signed')
    .option('--no-wait', 'start it and end')
    .addOption(storeOption())
    .option('--json', 'one JSON object for each project')
    .addHelpText('after', HELP)
    .action((file: string | undefined, options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const settings = readSettings(options.config);
        const targets = file === undefined ? await targetsWith(settings, options.chroot) : readTargets(file);
        if (options.dryRun === true) return dryRun(settings, targets, options);
        return withClient(settings, (open) => execute(open, settings, targets, options));
      }),
    );
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

/** Exported for its test. */
export function readTargets(file: string): readonly ResignTarget[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT_STATUS.usage, `the list cannot be read: ${why}`, { cause: error });
  }
  const lines = text.split('\n').map((line) => line.trim());
  const targets = lines.filter((line) => line !== '' && !line.startsWith('#')).map(parseTarget);
  if (targets.length === 0) throw new CommandError(EXIT_STATUS.usage, `${file} names no project`);
  return targets;
}

/** Every directory of a project that has one of these chroots. */
async function targetsWith({ destdir }: Settings, wanted: readonly string[]): Promise<readonly ResignTarget[]> {
  if (wanted.length === 0)
    throw new CommandError(EXIT_STATUS.usage, 'name a FILE with projects, or a --chroot for all projects that have it');
  const { projectContents } = createResultTree({ destdir });
  const targets: ResignTarget[] = [];
  for (const project of await createPrunableTree({ destdir }).projects()) {
    const chroots = await projectContents.chroots(project);
    if (chroots.some((name) => wanted.some((word) => namesChroot(word, name)))) targets.push(project);
  }
  if (targets.length > 0) return targets;
  throw new CommandError(EXIT_STATUS.failed, `no project has the chroot ${wanted.join(', ')}`);
}

function parseTarget(line: string): ResignTarget {
  const [owner = '', dirname = '', ...more] = line.split('/');
  if (more.length === 0 && isSafeName(owner) && isSafeName(dirname)) return { owner, dirname };
  throw new CommandError(EXIT_STATUS.usage, `${plainJson(line)} is not an owner/project`);
}

async function dryRun(settings: Settings, targets: readonly ResignTarget[], options: Options): Promise<ExitStatus> {
  const tree = createResultTree({ destdir: settings.destdir });
  for (const target of targets) {
    const there = await tree.projectContents.chroots(target);
    const wanted = there.filter(
      (name) => options.chroot.length === 0 || options.chroot.some((w) => namesChroot(w, name)),
    );
    const chroots = [];
    for (const chroot of wanted)
      chroots.push({ chroot, builds: (await tree.projectContents.builds({ ...target, chroot })).length });
    if (options.json === true) printLines([plainJson({ ...target, chroots })]);
    else if (chroots.length === 0) printLines([`${target.owner}/${target.dirname}: no such chroots`]);
    else
      for (const { chroot, builds } of chroots)
        printLines([
          `${target.owner}/${target.dirname}/${chroot}: would look at ${builds} build${builds === 1 ? '' : 's'}`,
        ]);
  }
  return EXIT_STATUS.ok;
}

async function execute(
  open: OpenClient,
  settings: Settings,
  targets: readonly ResignTarget[],
  options: Options,
): Promise<ExitStatus> {
  const steering = (['cancel', 'pause', 'resume'] as const).find((what) => options[what] === true);
  if (steering !== undefined) {
    for (const target of targets) await steer(open, target, steering);
    return EXIT_STATUS.ok;
  }
  if (options.status === true) {
    for (const target of targets) {
      const status = await askRun(open, resignRun(target));
      printText(options.json === true ? plainJson(status) : textOf(target, status));
    }
    return EXIT_STATUS.ok;
  }
  const chroots = options.chroot.length === 0 ? null : options.chroot;
  for (const target of targets) {
    const store = options.store ?? (await storeOfProject(settings, { ...target, chroot: null }));
    await startResigning(open, { target, chroots, storage: settings.storage, store });
  }
  return options.wait ? follow(open, targets, options) : EXIT_STATUS.ok;
}

async function steer(open: OpenClient, target: ResignTarget, what: 'pause' | 'resume' | 'cancel'): Promise<void> {
  const run = resignRun(target);
  if (what === 'cancel') await cancelResigning(open, target);
  else await pauseRun(open, run, what);
  printLines([`${run.name}: ${steeredText(what)}`]);
}

async function follow(open: OpenClient, targets: readonly ResignTarget[], options: Options): Promise<ExitStatus> {
  let worst: ExitStatus = EXIT_STATUS.ok;
  for (const target of targets) {
    const text = (status: ResignStatus): string => textOf(target, status);
    const { outcome } = await watchRun(open, resignRun(target), { text, json: options.json === true });
    if (outcome?.result !== 'succeeded') worst = EXIT_STATUS.failed;
  }
  return worst;
}

function textOf({ owner, dirname }: ResignTarget, status: ResignStatus): string {
  return `${owner}/${dirname}: ${progressLine(status)}`;
}
