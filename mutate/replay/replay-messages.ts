import type { CompiledModules, PatchableBundle } from '../bundle/patchable-bundle.js';

/** A history as JSON has it, with a name. */
export type NamedHistory = { readonly name: string; readonly history: unknown };

/** What a process that replays is given once. */
export type ReplaySetup = {
  readonly bundle: PatchableBundle;
  /** Every module of the project, unedited. */
  readonly modules: CompiledModules;
  readonly histories: readonly NamedHistory[];
};

/** One replay: some modules replaced, some histories fed in. */
export type ReplayOrder = {
  readonly replaced: CompiledModules;
  /** In the order to try them. */
  readonly histories: readonly WantedHistory[];
  /** Stop at the first history that fails. */
  readonly untilFailure: boolean;
};

export type WantedHistory = {
  readonly name: string;
  /** Other contents of the recorded commands are a failure, too. */
  readonly comparesContents: boolean;
};

/** A history that was fed in. */
export type Replayed = {
  readonly history: string;
  /** Why the SDK's replay failed, null when it did not. */
  readonly error: string | null;
  /**
   * The first recorded command whose contents were not given, or was given before its time: the end. Null when all is as
   * recorded, and where the replay failed.
   */
  readonly missing: string | null;
  /** The probes that it came upon. */
  readonly reached: readonly number[];
};

export type ToReplayProcess =
  { readonly type: 'setup'; readonly setup: ReplaySetup } | { readonly type: 'replay'; readonly order: ReplayOrder };

export type FromReplayProcess =
  | { readonly type: 'replayed'; readonly replayed: Replayed }
  | { readonly type: 'done' }
  /** The worker ended in the middle: this process replays nothing more. */
  | { readonly type: 'broken'; readonly message: string };
