import { pruneThroughKills } from '../test/support/prune-through-kills.js';
import { endTemporal } from '../test/support/temporal.js';
import type { Drill } from './drill.js';
import { countOf, readOptions } from './with-options.js';

const HELP = `npm run drill -- prune [--builds N] [--chroots N]

Prunes a project of N builds (default 2000, in 4 chroots) by a plan, with a pause and a worker killed twice in between;
exactly what the plan names must be gone afterwards.
`;

/** `npm run drill -- prune`: a large plan survives whatever happens while it is executed. */
export const pruneDrill: Drill = {
  name: 'prune',
  summary: 'a project is pruned by a plan, paused, and its worker killed',
  async run(args, say) {
    const { values } = readOptions(args, {
      builds: { type: 'string', default: '2000' },
      chroots: { type: 'string', default: '4' },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    try {
      await pruneThroughKills(
        { chroots: countOf('--chroots', values.chroots), builds: countOf('--builds', values.builds) },
        say,
      );
      process.stdout.write('exactly the plan is gone\n');
      return 0;
    } finally {
      await endTemporal();
    }
  },
};
