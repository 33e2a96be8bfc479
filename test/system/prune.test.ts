import { pruneThroughKills } from '../support/prune-through-kills.js';

/** The short form of `npm run drill -- prune`. */
describe('copr-prune-results', function () {
  this.timeout(600_000);

  it('carries out exactly its plan through a pause and two killed workers', () =>
    pruneThroughKills({ chroots: 5, builds: 100 }, () => undefined));
});
