import { userInfo } from 'node:os';
import { WorkflowNotFoundError } from '@temporalio/client';
import { Command } from 'commander';
import type { LimitsSource } from '../../contracts/dispatch/dispatch.js';
import { ACTION_DISPATCHER_ID, BUILD_DISPATCHER_ID } from '../../contracts/names/ids.js';
import { admissionQuery, limitsAdoptedSignal } from '../../contracts/messages.js';
import { plainJson } from '../../domain/plain-text.js';
import { admissionOf } from '../../workers/live-admission.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { ADOPT_HELP } from './config-help.js';
import { withClient, type OpenClient } from '../../starters/connect.js';
import { CommandError, EXIT_STATUS, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines } from '../printing.js';
import { readConfig, requireConfigFile, settingsOf } from '../settings.js';
import { clientFailure } from '../../starters/task-report.js';

type AdoptOptions = CommonOptions & { readonly dryRun?: boolean; readonly json?: boolean };

const DISPATCHERS = [BUILD_DISPATCHER_ID, ACTION_DISPATCHER_ID] as const;

/** `config adopt`: of several pollers with different limits, those of this host's file count from now on. */
export function adoptCommand(): Command {
  return withCommonOptions(new Command('adopt'))
    .description("apply this file's limits if pollers have different ones")
    .option('--dry-run', 'say whose limits apply now, and change nothing')
    .option('--json', 'the same as JSON')
    .addHelpText('after', ADOPT_HELP)
    .action((options: AdoptOptions) =>
      runCommandAction(options.debug === true, () => {
        const config = readConfig(options.config);
        const { digest } = admissionOf(config);
        const settings = settingsOf(config, requireConfigFile(options.config));
        return withClient(settings, (open) => adopt(open, { ...options, digest, configFile: settings.configFile }));
      }),
    );
}

async function adopt(
  open: OpenClient,
  options: AdoptOptions & { readonly digest: string; readonly configFile: string },
): Promise<ExitStatus> {
  const { digest, configFile } = options;
  const source = { poller: `config adopt by ${userInfo().username}`, digest, at: new Date().toISOString() };
  const before: Record<string, LimitsSource | null> = {};
  try {
    for (const dispatcher of DISPATCHERS) {
      const handle = open.client.workflow.getHandle(dispatcher);
      before[dispatcher] = (await handle.query(admissionQuery)).limitsFrom;
      const isTheirs = before[dispatcher]?.digest !== digest;
      if (isTheirs && options.dryRun !== true) await handle.signal(limitsAdoptedSignal, source);
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw clientFailure(error);
    throw new CommandError(EXIT_STATUS.failed, 'no dispatcher runs: start a worker with the role poller or all', {
      cause: error,
    });
  }
  const lines =
    options.json === true
      ? [plainJson({ configFile, digest, dryRun: options.dryRun === true, before })]
      : DISPATCHERS.map((dispatcher) => lineOf(dispatcher, before[dispatcher] ?? null, options));
  printLines(lines);
  return EXIT_STATUS.ok;
}

function lineOf(
  dispatcher: string,
  before: LimitsSource | null,
  { digest, dryRun, configFile }: { readonly digest: string; readonly dryRun?: boolean; readonly configFile: string },
): string {
  if (before?.digest === digest) return `${dispatcher}: the limits of ${configFile} (${digest}) count already`;
  const theirs =
    before === null ? 'no poller has brought limits yet' : `those of ${before.poller} (${before.digest}) count`;
  return dryRun === true
    ? `${dispatcher}: ${theirs}; the limits of ${configFile} are ${digest}`
    : `${dispatcher}: the limits of ${configFile} (${digest}) count from its poller's next poll on; before, ${theirs}`;
}
