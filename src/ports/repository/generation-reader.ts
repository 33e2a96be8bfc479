import type { Hold } from '../../contracts/repository/repository.js';
import type { Nevra } from '../../domain/repository/package-diff.js';

/** One line of a list of generations. */
export type GenerationFacts = {
  readonly generation: string;
  readonly state: 'live' | 'prepared' | 'superseded';
  /** ISO 8601 UTC. */
  readonly madeAt: string;
  /** ISO 8601 UTC; null while it is not superseded. */
  readonly supersededAt: string | null;
  readonly packages: number;
  readonly isPinned: boolean;
};

/**
 * Shows people the kept generations of a repository; read-only. Rejects with `GenerationUnknown` for a generation that
 * is not kept and for a repository without metadata.
 */
export type GenerationReader = {
  readonly list: () => Promise<{
    readonly hold: Hold | null;
    /** The newest first. */
    readonly generations: readonly GenerationFacts[];
    /** Pinned generations, kept at their own URLs. */
    readonly pins: readonly { readonly generation: string; readonly url: string }[];
  }>;
  /** The packages of a generation (null: the live one), and which of their files are gone. */
  readonly packages: (generation: string | null) => Promise<{
    readonly generation: string;
    readonly packages: readonly Nevra[];
    readonly missing: readonly string[];
  }>;
};
