import type { z } from 'zod';

/** One key of the configuration file; also the source of docs/configuration.md. */
export type Option = {
  readonly section: 'backend' | 'builder' | 'ssh';
  readonly key: string;
  /** In words, for people. */
  readonly type:
    | 'string'
    | 'bool'
    | 'int'
    | 'path'
    | 'url'
    | 'address'
    | 'listen'
    | 'time'
    | 'bytes'
    | 'level'
    | 'choice'
    | 'profile'
    | 'limits'
    | 'names';
  /** As written in the file; null: the key is required. */
  readonly default: string | null;
  readonly unit: string | null;
  readonly meaning: string;
  /** Never shown. */
  readonly isSecret?: true;
  /** A change takes effect while a worker runs. */
  readonly isLive?: true;
  /** Checked and kept, but this release does not use it. */
  readonly isNotYet?: true;
  /** Reads the text of the file. */
  readonly value: z.ZodType<unknown, string>;
};
