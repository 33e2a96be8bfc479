import { drillReaders } from './run.js';
import { countOf, readOptions, UsageProblem } from '../with-options.js';

const PUBLICATIONS = { backend: '1000', pulp: '100' } as const;

const HELP = `npm run drill -- readers [--publications N] [--readers N] [--storage backend|pulp] [--json]

Publishes a repository N times (default 1000) with adds, deletes, rollbacks and a killed publisher every few runs, while
readers fetch repomd.xml and all it names over HTTP, by checksum, each file twice; every tenth round a fresh dnf.
With --storage pulp the repository is at a real Pulp of its own (default: 100 publications), and readers reach it
through the URLs of the results tree.
`;

/** \`npm run drill -- readers\`: no reader may ever see a missing or mixed repository. */
export const readersDrill = {
  name: 'readers',
  summary: 'a repository is published and its publisher killed, while clients read it',
  async run(args: readonly string[], say: (line: string) => void): Promise<number> {
    const { values } = readOptions(args, {
      publications: { type: 'string' },
      readers: { type: 'string', default: '2' },
      storage: { type: 'string', default: 'backend' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const { storage } = values;
    if (storage !== 'backend' && storage !== 'pulp')
      throw new UsageProblem(`--storage is backend or pulp, not '${storage}'`);
    const outcome = await drillReaders({
      publications: countOf('--publications', values.publications ?? PUBLICATIONS[storage]),
      readers: countOf('--readers', values.readers),
      dnf: true,
      storage,
      say,
    });
    const { errors, ...figures } = outcome;
    const text = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
    const lines = [`${text.join(', ')}, errors ${errors.length}`, ...errors.slice(0, 20)];
    process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : `${lines.join('\n')}\n`);
    return errors.length === 0 ? 0 : 1;
  },
} as const;
