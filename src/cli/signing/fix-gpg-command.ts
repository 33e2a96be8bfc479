import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import { startWorkflow } from '../../adapters/temporal/start-workflow.js';
import { createResultTree } from '../../adapters/result-tree/result-tree.js';
import { ENTITY_START } from '../../adapters/temporal/entity-start.js';
import { cutToFit } from '../../contracts/bounded-text.js';
import { DEFAULT_DURATIONS } from '../../contracts/durations.js';
import { resignStart, resignWorkflowId } from '../../contracts/names/ids.js';
import type { ResignInput } from '../../contracts/inputs.js';
import { pauseSignal } from '../../contracts/messages.js';
import type { ResignStatus, ResignTarget } from '../../contracts/signing/resign.js';
import { searchAttributes } from '../../contracts/search-attributes.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { namesChroot } from '../../domain/names/chroot.js';
import { plainJson } from '../../domain/plain-text.js';
import { isSafeName } from '../../domain/names/safe-name.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { progressLine } from './fix-gpg-text.js';
import { printLines, printText } from '../printing.js';
import { readSettings, type Settings } from '../settings.js';

type Options = CommonOptions & {
  readonly chroot: readonly string[];
  readonly dryRun?: boolean;
  readonly status?: boolean;
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly cancel?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
};

const LOOK_MS = 1000;
const QUERY_DEADLINE_MS = 8000;

const HELP = `
FILE has a line owner/project for each directory of a project; - reads standard input. Packages with a good signature by
the project's key of today are left alone, the others are signed again, and their repositories published. It goes on when
this command ends, and when workers go; --status, --pause, --resume and --cancel take the same FILE.
${EXIT_STATUS_HELP}`;

/** `copr-fix-gpg FILE`: signs the packages of projects anew (docs/neighbours/signing.md#signing-packages-anew). */
export function fixGpgCommand(): Command {
  return withCommonOptions(new Command('copr-fix-gpg'))
    .description('sign the packages of projects again, with current keys and hashes')
    .argument('<file>', 'list of owner/project, one a line; - is standard input')
    .option('--chroot <name>', 'only this chroot, in full or without its architecture; may be repeated', collect, [])
    .option('--dry-run', 'say what would be looked at, and change nothing')
    .option('--status', 'how far it is')
    .option('--pause', 'pause after the current batch')
    .option('--resume', 'go on')
    .option('--cancel', 'end after the current batch; signed packages stay signed')
    .option('--no-wait', 'start it and end')
    .option('--json', 'one JSON object for each project')
    .addHelpText('after', HELP)
    .action((file: string, options: Options) =>
      runCommandAction(options.debug === true, async () => {
        const targets = readTargets(file);
        const settings = readSettings(options.config);
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

function parseTarget(line: string): ResignTarget {
  const [owner = '', dirname = '', ...more] = line.split('/');
  if (more.length === 0 && isSafeName(owner) && isSafeName(dirname)) return { owner, dirname };
  throw new CommandError(EXIT_STATUS.usage, `${plainJson(line)} is not an owner/project`);
}

async function dryRun(settings: Settings, targets: readonly ResignTarget[], options: Options): Promise<ExitStatus> {
  const tree = createResultTree({ destdir: settings.destdir });
  for (const target of targets) {
    const there = await tree.chroots(target);
    const wanted = there.filter(
      (name) => options.chroot.length === 0 || options.chroot.some((w) => namesChroot(w, name)),
    );
    const chroots = [];
    for (const chroot of wanted) chroots.push({ chroot, builds: (await tree.builds({ ...target, chroot })).length });
    if (options.json === true) printLines([plainJson({ ...target, chroots })]);
    else if (chroots.length === 0) printLines([`${target.owner}/${target.dirname}: no such chroots`]);
    else
      for (const { chroot, builds } of chroots)
        printLines([`${target.owner}/${target.dirname}/${chroot}: ${builds} builds`]);
  }
  return EXIT_STATUS.ok;
}

async function execute(
  open: OpenClient,
  settings: Settings,
  targets: readonly ResignTarget[],
  options: Options,
): Promise<ExitStatus> {
  if (options.pause === true || options.resume === true || options.cancel === true) {
    for (const target of targets) await steer(open, target, options);
    return EXIT_STATUS.ok;
  }
  if (options.status !== true) for (const target of targets) await start(open, settings, target, options);
  if (options.wait && options.status !== true) return follow(open, targets, options);
  if (options.status === true) for (const target of targets) say(target, await statusOf(open, target), options);
  return EXIT_STATUS.ok;
}

async function start(open: OpenClient, settings: Settings, target: ResignTarget, options: Options): Promise<void> {
  const input: ResignInput = {
    target,
    chroots: options.chroot.length === 0 ? null : options.chroot,
    storage: settings.storage,
    durations: DEFAULT_DURATIONS,
    carried: null,
  };
  await startWorkflow(open.client, 'resign', {
    ...resignStart(target),
    ...ENTITY_START,
    input,
    typedSearchAttributes: searchAttributes({ owner: target.owner, project: projectOfDirname(target.dirname) }),
    staticSummary: cutToFit(`signing again ${target.owner}/${target.dirname}, wanted by ${userInfo().username}`),
  });
}

async function steer(open: OpenClient, target: ResignTarget, options: Options): Promise<void> {
  const handle = open.client.workflow.getHandle(resignWorkflowId(target));
  try {
    if (options.cancel === true) await handle.cancel();
    else await handle.signal(pauseSignal, { by: options.pause === true ? userInfo().username : null });
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? noSuchRun(target, error) : error;
  }
  const what = options.cancel === true ? 'cancel requested' : options.pause === true ? 'pause requested' : 'goes on';
  printLines([`${target.owner}/${target.dirname}: ${what}`]);
}

/** A line whenever something moved, until all have ended. */
async function follow(open: OpenClient, targets: readonly ResignTarget[], options: Options): Promise<ExitStatus> {
  let worst: ExitStatus = EXIT_STATUS.ok;
  for (const target of targets) {
    let last = '';
    for (;;) {
      const status = await statusOf(open, target);
      const line = progressLine(status);
      if (line !== last && (options.json !== true || status.outcome !== null)) say(target, status, options);
      last = line;
      if (status.outcome !== null) {
        if (status.outcome.result !== 'succeeded') worst = EXIT_STATUS.failed;
        break;
      }
      await sleep(LOOK_MS);
    }
  }
  return worst;
}

async function statusOf(open: OpenClient, target: ResignTarget): Promise<ResignStatus> {
  const handle = open.client.workflow.getHandle(resignWorkflowId(target));
  try {
    return await open.client.withDeadline(Date.now() + QUERY_DEADLINE_MS, () => handle.query<ResignStatus>('status'));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw noSuchRun(target, error);
    throw new CommandError(
      EXIT_STATUS.failed,
      `${target.owner}/${target.dirname}: no worker answers; is \`copr-backend worker build\` or \`worker all\` running? It goes on when one does.`,
      { cause: error },
    );
  }
}

function noSuchRun(target: ResignTarget, cause: Error): CommandError {
  return new CommandError(EXIT_STATUS.noSuchTask, `${target.owner}/${target.dirname} is not being signed again`, {
    cause,
  });
}

function say(target: ResignTarget, status: ResignStatus, options: Options): void {
  if (options.json === true) printLines([plainJson(status)]);
  else printText(`${target.owner}/${target.dirname}: ${progressLine(status)}`);
}
