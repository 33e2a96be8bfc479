import type { Drill } from '../drill.js';
import { countOf, readOptions } from '../with-options.js';
import { drillLargePackages } from './run.js';

const HELP = `npm run drill -- large-package [--megabytes N]

Two packages with a file of N MiB (default 4500, which needs the 64-bit tags of rpm and 30 GiB of disk), one as large as
its file and one compressed to almost nothing, are built, signed, published, forked, branched and pruned with both
generations of createrepo_c. Each time the metadata must be that of a fresh run, and clients read what rpm reads.

Exit status: 0 it is so, 1 it is not, 2 wrong usage.
`;

/** `npm run drill -- large-package`: nothing that handles a package stops at a size of 4 GiB. */
export const largePackageDrill: Drill = {
  name: 'large-package',
  summary: 'packages of more than 4 GiB are built, signed, published, forked, branched and pruned',
  async run(args, say) {
    const { values } = readOptions(args, {
      megabytes: { type: 'string', default: '4500' },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const megabytes = countOf('--megabytes', values.megabytes);
    await drillLargePackages({ bytes: megabytes * 1024 ** 2, say });
    process.stdout.write('the packages went all ways\n');
    return 0;
  },
};
