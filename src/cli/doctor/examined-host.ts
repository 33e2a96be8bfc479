import type { Setting } from '../../config/inspect.js';
import type { Config } from '../../config/schema.js';
import type { Role } from '../../domain/service/roles.js';

/** The host as the checks see it. */
export type ExaminedHost = {
  readonly config: Config;
  readonly configFile: string;
  readonly settings: readonly Setting[];
  /** Work that this host does, or shall do. */
  readonly role: Role;
  /** Longest silence of a neighbour, in ms. */
  readonly silenceMs: number;
};
