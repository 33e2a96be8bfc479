import { drillReaders } from './run.js';
import { countOf, readOptions } from '../with-options.js';

const HELP = `npm run drill -- readers [--publications N] [--readers N] [--json]

Publishes a repository N times (default 1000) with adds, deletes, rollbacks and a killed publisher every few runs, while
readers fetch repomd.xml and all it names over HTTP, by checksum, each file twice; every tenth round a fresh dnf.
`;

/** \`npm run drill -- readers\`: no reader may ever see a missing or mixed repository. */
export const readersDrill = {
  name: 'readers',
  summary: 'a repository is published and its publisher killed, while clients read it',
  async run(args: readonly string[], say: (line: string) => void): Promise<number> {
    const { values } = readOptions(args, {
      publications: { type: 'string', default: '1000' },
      readers: { type: 'string', default: '2' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const outcome = await drillReaders({
      publications: countOf('--publications', values.publications),
      readers: countOf('--readers', values.readers),
      dnf: true,
      say,
    });
    const { errors, ...figures } = outcome;
    const text = Object.entries(figures).map(([name, figure]) => `${name} ${figure}`);
    const lines = [`${text.join(', ')}, errors ${errors.length}`, ...errors.slice(0, 20)];
    process.stdout.write(values.json ? `${JSON.stringify(outcome)}\n` : `${lines.join('\n')}\n`);
    return errors.length === 0 ? 0 : 1;
  },
} as const;
