import { resolve } from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import type { StoreKind } from '../../src/contracts/store-kind.js';

/** The options of `npm start -- …`. */
export type StartOptions = {
  readonly dataDir: string;
  readonly portBase: number;
  readonly once: boolean;
  readonly mayInstall: boolean;
  readonly builders: number;
  readonly examples: boolean;
  /** The signer: gpg in the worker, or a signd and a keygen of the playground. */
  readonly signer: 'gpg' | 'obs-sign';
  /** Where packages of the examples are: in the results tree, or in a Pulp of the playground. */
  readonly storage: StoreKind;
  readonly help: boolean;
};

export const DEFAULT_PORT_BASE = 27500;
/** Ports after the base that belong to one launcher: 20 for servers, the rest for builders. */
const MAX_BUILDERS = 60;

export const START_HELP = `npm start [-- OPTIONS]: a whole Copr on this machine, from the checkout

  --data DIR       data directory (default .copr); a second start continues from it
  --port-base N    first of its ports on loopback (default ${DEFAULT_PORT_BASE})
  --builders N     builders of the pool (default 2, at most ${MAX_BUILDERS})
  --signer S       the signer: gpg, in the worker (the default), or obs-sign, a signd and a keygen beside it
  --storage S      where the examples' packages go: tree, the results tree (the default), or pulp, a real Pulp beside it
                   with a PostgreSQL of its own (300 MB in the user's cache directory, once; Python 3 and PostgreSQL)
  --once           build the examples, check the results, stop, and report success by the exit status
  --no-examples    submit nothing
  --no-install     never install packages of the operating system
  --help           this text
`;

/** Parses the arguments; throws a line for people if they are wrong. */
export function parseStartOptions(args: readonly string[], cwd: string): StartOptions {
  const { values } = readArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: '.copr' },
      'port-base': { type: 'string', default: String(DEFAULT_PORT_BASE) },
      builders: { type: 'string', default: '2' },
      signer: { type: 'string', default: 'gpg' },
      storage: { type: 'string', default: 'tree' },
      once: { type: 'boolean', default: false },
      'no-install': { type: 'boolean', default: false },
      'no-examples': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    dataDir: resolve(cwd, values.data),
    portBase: wholeNumber('--port-base', values['port-base'], { from: 1024, to: 65_400 }),
    builders: wholeNumber('--builders', values.builders, { from: 1, to: MAX_BUILDERS }),
    signer: oneOf('--signer', values.signer, ['gpg', 'obs-sign']),
    storage: oneOf('--storage', values.storage, ['tree', 'pulp']),
    once: values.once,
    mayInstall: !values['no-install'],
    examples: !values['no-examples'],
    help: values.help,
  };
}

/** parseArgs throws only for wrong arguments, but it throws TypeErrors, which look like defects. */
function readArgs<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new Error(`${(error as Error).message} (npm start -- --help tells what there is)`, { cause: error });
  }
}

function oneOf<T extends string>(option: string, text: string, known: readonly [T, T]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Error(`${option} must be ${known.join(' or ')}, not '${text}'`);
}

function wholeNumber(option: string, text: string, range: { readonly from: number; readonly to: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.from && value <= range.to) return value;
  throw new Error(`${option} must be a whole number from ${range.from} to ${range.to}, not '${text}'`);
}
