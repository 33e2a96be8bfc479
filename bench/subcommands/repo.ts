import { measureRepository } from '../repo/measure-repository.js';
import type { Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';

type Options = { readonly packages: number; readonly repeat: number };

/** Metadata of one large repository: the cost of a publication, compared with createrepo_c on the same tree. */
export const repoSubcommand: Subcommand = {
  name: 'repo',
  description: 'one build added, replaced, removed in a repository of many packages, against both createrepo_c',
  options: (command) =>
    command
      .addOption(numberOption('--packages <n>', 'how many packages the repository has', 20_000))
      .addOption(numberOption('--repeat <n>', 'how often each change is measured', 3)),
  run: (run, options) => {
    const { packages, repeat } = options as Options;
    return measureRepository({
      ...{ packages, repeat, product: run.product },
      say: run.say,
      signal: run.signal,
      defer: run.defer,
    });
  },
};
