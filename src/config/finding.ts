/** A remark about a configuration file. Secrets are already masked in it. */
export type Finding = {
  /** `error`: the file cannot be used. `warning`: most likely not what was meant. `note`: good to know. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly line: number | null;
  readonly section: string | null;
  readonly key: string | null;
  /** As written in the file; null if there is none, or it must not be shown. */
  readonly value: string | null;
  readonly message: string;
  /** The step to take. */
  readonly remedy: string | null;
};

/** One line: place, what is there, what is wrong with it, what to do. */
export function findingText({ line, section, key, value, message, remedy }: Finding): string {
  const words = [
    ...(section === null || section === '' ? [] : [`[${section}]`]),
    ...(key === null ? [] : [key]),
    ...(value === null ? [] : [`= ${value}`]),
    message,
  ];
  return `${line === null ? '' : `line ${line}: `}${words.join(' ')}${remedy === null ? '' : `; ${remedy}`}`;
}

/** In the order of the file; missing keys come last. */
export function byLine(one: Finding, other: Finding): number {
  return (one.line ?? Number.MAX_SAFE_INTEGER) - (other.line ?? Number.MAX_SAFE_INTEGER);
}
