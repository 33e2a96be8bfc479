import type { z } from 'zod';

/** The remark of `config check` about a value without effect; a worker logs it if it is a warning. */
export type Caution = {
  readonly severity: 'warning' | 'note';
  readonly message: string;
  readonly remedy: string | null;
  /** Whether it is true of this value. */
  readonly applies: (value: unknown) => boolean;
};

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
  /** A remark about a setting that cannot do what it says. */
  readonly caution?: Caution;
  /** Reads the text of the file. */
  readonly value: z.ZodType<unknown, string>;
};
