import { Command } from 'commander';
import { storedPackages } from '../../adapters/storage-usage/stored-packages.js';
import type { StoreKind } from '../../contracts/store-kind.js';
import { sumUsage, type ProjectUsage, type StorageUsage } from '../../domain/maintenance/storage-usage.js';
import { plainJson } from '../../domain/plain-text.js';
import { sizeText } from '../../domain/size-text.js';
import { PortFailure } from '../../ports/port-failure.js';
import { readConfig } from '../../starters/settings.js';
import { withCommonOptions, type CommonOptions } from '../command-options.js';
import { CommandError, EXIT_STATUS, EXIT_STATUS_HELP, runCommandAction } from '../exit-status.js';
import { printLines } from '../printing.js';
import { parseProject } from '../project-argument.js';

type Options = CommonOptions & { readonly json?: boolean };

const HELP = `
It reads the results tree of this host: files of packages, and the records of what builds gave to Pulp. Logs do not
count. "logical" counts a package as often as builds have it, "physical" each stored copy once; "own" is what no other
project has: what a fork costs, and what its deletion frees.
  copr-backend storage stats
  copr-backend storage stats jdoe/hello
  copr-backend storage stats --json
${EXIT_STATUS_HELP}`;

const STORES: Readonly<Record<StoreKind, string>> = { tree: 'results tree', pulp: 'Pulp' };

/** `storage stats`: what the packages of projects take, and what is saved because equal ones are stored once. */
export function storageCommand(): Command {
  const storage = new Command('storage').description(
    'what the packages of projects take in the results tree and at Pulp',
  );
  storage.addCommand(
    withCommonOptions(new Command('stats'))
      .description('logical and physical bytes of each project, and what is stored once for several')
      .argument('[owner/project]', 'default: all')
      .option('--json', 'one JSON object')
      .addHelpText('after', HELP)
      .action((project: string | undefined, options: Options) =>
        runCommandAction(options.debug === true, async () => {
          if (project !== undefined) parseProject(project, null);
          const usage = await usageOf(readConfig(options.config).destdir);
          const shown = usage.projects.filter((one) => project === undefined || one.project === project);
          if (project !== undefined && shown.length === 0)
            throw new CommandError(EXIT_STATUS.failed, `${project} has no packages`);
          if (options.json === true) printLines([plainJson({ ...usage, projects: shown })]);
          else printLines([...shown.map(projectLine), ...(project === undefined ? storeLines(usage) : [])]);
          return EXIT_STATUS.ok;
        }),
      ),
  );
  return storage;
}

async function usageOf(destdir: string): Promise<StorageUsage> {
  try {
    return await sumUsage(storedPackages(destdir));
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    throw new CommandError(EXIT_STATUS.failed, error.message, { cause: error });
  }
}

function projectLine({ project, store, packages, logicalBytes, physicalBytes, ownBytes }: ProjectUsage): string {
  const sizes = [
    `logical ${sizeText(logicalBytes)}`,
    `physical ${sizeText(physicalBytes)}`,
    `own ${sizeText(ownBytes)}`,
  ];
  return `${project} (${STORES[store]}): ${packages} packages, ${sizes.join(', ')}`;
}

function storeLines({ stores }: StorageUsage): readonly string[] {
  return (['tree', 'pulp'] as const)
    .filter((store) => stores[store].packages > 0)
    .map((store) => {
      const { packages, logicalBytes, physicalBytes, savedBytes } = stores[store];
      const part = Math.round((100 * savedBytes) / logicalBytes);
      const sizes = `logical ${sizeText(logicalBytes)}, physical ${sizeText(physicalBytes)}`;
      return `all in ${STORES[store]}: ${packages} packages, ${sizes}, saved ${sizeText(savedBytes)} (${part} %)`;
    });
}
