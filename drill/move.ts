import { moveThroughKills } from '../test/support/move-through-kills.js';
import { endPulp } from '../test/support/pulp.js';
import type { Drill } from './drill.js';
import { countOf, readOptions } from './with-options.js';

const HELP = `npm run drill -- move [--builds N] [--kills N] [--json]

Moves a project of N builds (default 500) from the results tree to a real Pulp, while it is built and read all the time
and the worker is killed (default 5 times); then takes it back. Clients, dnf among them, must see a complete repository
at every look, and each package may go to Pulp once. About 20 minutes.
`;

/** `npm run drill -- move`: nobody notices a move to Pulp and back, whatever happens meanwhile. */
export const moveDrill: Drill = {
  name: 'move',
  summary: 'a project moves to Pulp and back while it is built and read, and the worker is killed',
  async run(args, say) {
    const { values } = readOptions(args, {
      builds: { type: 'string', default: '500' },
      kills: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    try {
      const figures = await moveThroughKills(
        { builds: countOf('--builds', values.builds), kills: countOf('--kills', values.kills) },
        say,
      );
      process.stdout.write(values.json ? `${JSON.stringify(figures)}\n` : 'nothing was missed\n');
      return 0;
    } finally {
      await endPulp();
    }
  },
};
