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
  /** As it would stand in the file; null: the key must be there. */
  readonly default: string | null;
  readonly unit: string | null;
  readonly meaning: string;
  /** Never shown. */
  readonly isSecret?: true;
  /** A change counts while a worker runs. */
  readonly isLive?: true;
  /** Checked and kept; no part of this release acts on it. */
  readonly isNotYet?: true;
  /** Reads the text of the file. */
  readonly value: z.ZodType<unknown, string>;
};
