import { Command, Option } from 'commander';
import { secretsOf } from '../../config/shown-value.js';
import { CHECKS, type CheckName } from '../../domain/maintenance/reconciliation.js';
import { plainJson } from '../../domain/plain-text.js';
import { withServiceLog } from '../../adapters/redis/service-log.js';
import { withClient } from '../../starters/connect.js';
import { runReconcile } from '../../starters/reconcile.js';
import { readConfig, requireConfigFile, settingsOf } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction, type ExitStatus } from '../exit-status.js';
import { printLines, showProgress } from '../printing.js';
import { withStopSignal } from '../stop-signal.js';
import { ALLOW_ROOT, requireServiceUser } from '../service/service-user.js';

type Options = CommonOptions & {
  readonly check?: CheckName;
  readonly fix?: boolean;
  readonly json?: boolean;
  readonly allowRoot?: boolean;
};

const HELP = `
  tickets      open Resalloc tickets that no build has
  running      builds that the frontend no longer lists, and tasks that end again and again
  repodata     chroots that are enabled in the frontend, and have no metadata
  metadata     metadata that is damaged or does not match its packages
  keys         projects that show no key, and keys that end within 60 days
  directories  results of projects that the frontend does not know

Without --fix nothing is changed. With it, what is found is remembered, and fixed once two looks have found it with ten
minutes between them, at most reconcile_max_fixes of each check: tickets are closed, builds canceled, metadata made again.
The Schedule does the same each hour, as the key reconcile says.

  copr-backend reconcile
  copr-backend reconcile --check tickets
  copr-backend reconcile --check repodata --fix
${EXIT_STATUS_HELP}
  1 also if something does not agree, or could not be looked at`;

/** `reconcile`: compares this backend with its neighbours, in the foreground (decision 0068). */
export function reconcileCommand(): Command {
  return withCommonOptions(new Command('reconcile'))
    .description('compare the backend with Resalloc, the frontend, the results and the keys')
    .addOption(new Option('--check <name>', 'only this').choices(CHECKS))
    .option('--fix', 'fix what two looks have found')
    .option('--json', 'the outcome as JSON')
    .option(...ALLOW_ROOT)
    .addHelpText('after', HELP)
    .action((options: Options) => runCommandAction(options.debug === true, () => execute(options)));
}

async function execute(options: Options): Promise<ExitStatus> {
  const config = readConfig(options.config);
  requireServiceUser(config.destdir, options);
  const settings = settingsOf(config, requireConfigFile(options.config));
  const told: string[] = [];
  const tell = (line: string): void => {
    showProgress(null);
    told.push(line);
    if (options.json !== true) printLines([line]);
  };
  const wanted = { check: options.check ?? null, fixes: options.fix === true, now: Date.now };
  const outcome = await withServiceLog(config, { name: 'reconcile', secrets: secretsOf(config) }, (log) =>
    withClient(settings, (open) =>
      withStopSignal((signal) => runReconcile(open, config, log, { ...wanted, signal, progress: showProgress, tell })),
    ),
  );
  showProgress(null);
  printLines([options.json === true ? plainJson({ ...outcome, lines: told }) : outcome.summary]);
  // Each fixed finding takes one line.
  return told.length === outcome.changed ? EXIT_STATUS.ok : EXIT_STATUS.failed;
}
