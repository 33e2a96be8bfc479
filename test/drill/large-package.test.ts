import { drillLargePackages } from '../../drill/large-package/run.js';

/** The short form of `npm run drill -- large-package`, with packages that are not large. */
describe('packages with one file of zeros', function () {
  this.timeout(300_000);

  it('go all ways, with the sizes that rpm says', async () => {
    await drillLargePackages({ bytes: 16 * 1024 ** 2, say: () => undefined });
  });
});
