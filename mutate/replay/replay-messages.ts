import type { CompiledModules, PatchableBundle } from '../bundle/patchable-bundle.js';

/** A history in its JSON form, with a name. */
export type NamedHistory = { readonly name: string; readonly history: unknown };

/** Sent once to a replaying process. */
export type ReplaySetup = {
  readonly bundle: PatchableBundle;
  /** Every module of the project, unedited. */
  readonly modules: CompiledModules;
  readonly histories: readonly NamedHistory[];
};

/** One replay: some modules replaced, some histories replayed. */
export type ReplayOrder = {
  readonly replaced: CompiledModules;
  /** In the order in which to try them. */
  readonly histories: readonly WantedHistory[];
  /** Stop at the first history that fails. */
  readonly untilFailure: boolean;
};

export type WantedHistory = {
  readonly name: string;
  /** Other contents of the recorded commands also count as a failure. */
  readonly comparesContents: boolean;
};

/** A history that was replayed. */
export type Replayed = {
  readonly history: string;
  /** Why the SDK's replay failed; null if it did not. */
  readonly error: string | null;
  /**
   * The first recorded command whose contents were not given, or the end if it was given too early. Null if everything
   * is as recorded, and if the replay failed.
   */
  readonly missing: string | null;
  /** The probes that it reached. */
  readonly reached: readonly number[];
};

export type ToReplayProcess =
  { readonly type: 'setup'; readonly setup: ReplaySetup } | { readonly type: 'replay'; readonly order: ReplayOrder };

export type FromReplayProcess =
  | { readonly type: 'replayed'; readonly replayed: Replayed }
  | { readonly type: 'done' }
  /** The worker ended in the middle: this process replays nothing more. */
  | { readonly type: 'broken'; readonly message: string };
