import { measurePulp, type PulpBench } from '../pulp/measure-pulp.js';
import type { Subcommand } from '../subcommand.js';
import { numberOption } from './number-option.js';

/** Publications at a Pulp of its own, against the obvious sequence of calls. */
export const pulpSubcommand: Subcommand = {
  name: 'pulp',
  description: 'builds added to a large repository at Pulp, one and many at once, against the obvious calls',
  options: (command) =>
    command
      .addOption(numberOption('--packages <n>', 'how many packages the repository has', 4300))
      .addOption(numberOption('--repeat <n>', 'how many builds are added alone, each way', 3))
      .addOption(numberOption('--together <n>', 'how many builds end together', 20)),
  run: (run, options) => measurePulp(run, options as PulpBench),
};
