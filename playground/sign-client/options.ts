import type { HashName } from '../signd/packets.js';

/** The options of `sign`, as far as a Copr backend uses them. */
export type SignOptions = {
  readonly mode: 'rpm' | 'detached' | 'publicKey' | 'ping';
  readonly user: string | null;
  readonly hash: HashName | null;
  readonly version: 3 | 4;
  /** Empty: from standard input to standard output. */
  readonly files: readonly string[];
};

export const USAGE = 'usage: sign [-4|-3] [-h HASH] [-u USER] -r FILE… | -d [FILE…] | -p | -t';

/** Throws an Error with the usage for anything else. */
export function parseSignOptions(args: readonly string[]): SignOptions {
  const options: { -readonly [Name in keyof SignOptions]: SignOptions[Name] } = {
    ...{ mode: 'rpm', user: null, hash: null, version: 3, files: [] },
  };
  const modes = { '-r': 'rpm', '-d': 'detached', '-p': 'publicKey', '-t': 'ping' } as const;
  let mode: SignOptions['mode'] | null = null;
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg === '-4' || arg === '-3') options.version = arg === '-4' ? 4 : 3;
    else if (arg === '-u') options.user = args[(at += 1)] ?? null;
    else if (arg === '-h') options.hash = hashNamed(args[(at += 1)] ?? '');
    else if (Object.hasOwn(modes, arg)) mode = modes[arg as keyof typeof modes];
    else if (arg.startsWith('-')) throw new Error(`unknown option ${arg}\n${USAGE}`);
    else options.files = [...options.files, arg];
  }
  if (mode === null || (mode === 'rpm' && options.files.length === 0)) throw new Error(USAGE);
  return { ...options, mode };
}

/** A hash by its name on the command line or in `sign.conf`. */
export function hashNamed(name: string): HashName {
  const lower = name.toLowerCase();
  if (lower === 'sha1' || lower === 'sha256' || lower === 'sha512') return lower;
  throw new Error(`unknown hash ${name}`);
}
