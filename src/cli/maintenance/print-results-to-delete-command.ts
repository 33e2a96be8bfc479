import path from 'node:path';
import { Command } from 'commander';
import { createProjectChroots } from '../../adapters/frontend-http/project-chroots.js';
import { createPrunableTree } from '../../adapters/repository-store/survey/prunable-tree.js';
import { deletableIn } from '../../activities/maintenance/deletable-results.js';
import { PortFailure } from '../../ports/port-failure.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { printError, printLines } from '../printing.js';

const HELP = `
It deletes nothing; each line is the absolute path of one directory:
  copr_print_results_to_delete.py > candidates; less candidates
A project that the frontend does not answer for is not printed, and the exit status is 1.
${EXIT_STATUS_HELP}`;

/** `copr_print_results_to_delete.py`: results that the frontend does not know (docs/neighbours/storage.md#clean-up). */
export function printResultsToDeleteCommand(): Command {
  return withCommonOptions(new Command('copr-print-results-to-delete'))
    .description('print directories of projects and chroots that the frontend does not know, or wants deleted')
    .addHelpText('after', HELP)
    .action((options: CommonOptions) =>
      runCommandAction(options.debug === true, async () => {
        const { destdir, frontendBaseUrl: baseUrl } = readConfig(options.config);
        const tree = createPrunableTree({ destdir });
        const frontend = createProjectChroots({ baseUrl });
        let failed = 0;
        for (const project of await tree.projects()) {
          try {
            const found = await deletableIn({ tree, frontend }, project);
            printLines(found.map((names) => path.join(destdir, ...names)));
          } catch (error) {
            if (!(error instanceof PortFailure)) throw error;
            failed += 1;
            printError(`${project.owner}/${project.dirname} is left out: ${error.message}`);
          }
        }
        return failed === 0 ? EXIT_STATUS.ok : EXIT_STATUS.failed;
      }),
    );
}
