/** Shown in place of a secret. */
export const MASK = '****';

const SECRET_NAME = /pass(word|phrase|wd)?$|secret|token$|auth$|^authorization$|api_?key$|^cookie$|private_?key$/i;
const DEEPEST = 8;

/** Masks by name (fields named like secrets) and by value (texts that contain one of `secrets`). */
export type Masker = { readonly text: (text: string) => string; readonly value: (value: unknown) => unknown };

/** A masker for these secret strings; short ones are not masked by value, because they would mask everything. */
export function createMasker(secrets: readonly string[]): Masker {
  const known = [...new Set(secrets)].filter((secret) => secret.length >= 4).sort((a, b) => b.length - a.length);
  // The form of a secret in a URL, a JSON text or an Authorization header is as readable as the secret.
  const spellings = known.flatMap((secret) => [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(`user:${secret}`).toString('base64'),
  ]);

  function text(line: string): string {
    return spellings.reduce((masked, secret) => masked.replaceAll(secret, MASK), line);
  }

  function value(given: unknown, depth = 0): unknown {
    if (typeof given === 'string') return text(given);
    if (typeof given !== 'object' || given === null || given instanceof Date) return given;
    if (depth >= DEEPEST) return '[deeper]';
    if (given instanceof Error) return value(describeError(given), depth);
    if (Array.isArray(given)) return given.map((one) => value(one, depth + 1));
    if (Buffer.isBuffer(given)) return `[${given.length} bytes]`;
    return Object.fromEntries(
      Object.entries(given).map(([key, one]) => [
        key,
        SECRET_NAME.test(key) && one !== null ? MASK : value(one, depth + 1),
      ]),
    );
  }

  return { text, value: (given) => value(given) };
}

/** An error with its chain of causes, as plain data. */
export function describeError(error: Error, depth = 0): Readonly<Record<string, unknown>> {
  const own = Object.fromEntries(Object.entries(error).filter(([key]) => key !== 'cause'));
  const cause = describeCause(error.cause, depth);
  return {
    ...own,
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(cause === undefined ? {} : { cause }),
  };
}

function describeCause(cause: unknown, depth: number): unknown {
  if (!(cause instanceof Error)) return cause;
  return depth >= DEEPEST ? '[deeper]' : describeError(cause, depth + 1);
}
