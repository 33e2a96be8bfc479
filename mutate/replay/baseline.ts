import type { CompiledModules } from '../bundle/patchable-bundle.js';
import type { NamedHistory, Replayed, ReplayOrder, WantedHistory } from './replay-messages.js';
import type { Replayer, ReplayOutcome } from './replayer.js';

/** A history that does not replay without an edit. */
export type BrokenHistory = { readonly history: string; readonly message: string };

/** The histories, replayed without an edit. */
export type Baseline = {
  /** Histories that do not replay unedited: they prove nothing about an edit. */
  readonly broken: readonly BrokenHistory[];
  /** Histories that replay, but with other contents of commands: they are not compared with edits. */
  readonly outdated: readonly BrokenHistory[];
  /** All that replay, the shortest first, each with the probes that its replay reaches. */
  readonly sound: readonly (WantedHistory & { readonly reached: ReadonlySet<number> })[];
};

/** Replays all histories twice: with the unedited code, and with the probes in it. Throws if either does not finish. */
export async function baseline(
  replayer: Replayer,
  histories: readonly NamedHistory[],
  probed: CompiledModules,
): Promise<Baseline> {
  const names = [...histories].sort((a, b) => events(a) - events(b)).map(({ name }) => name);
  const all: Omit<ReplayOrder, 'replaced'> = {
    histories: names.map((name) => ({ name, comparesContents: false })),
    untilFailure: false,
  };
  const plain = completed(await replayer.replay({ ...all, replaced: {} }));
  const withProbes = completed(await replayer.replay({ ...all, replaced: probed }));
  const broken = [...plain, ...withProbes].flatMap(({ history, error }) =>
    error === null ? [] : [{ history, message: error }],
  );
  const isBroken = new Set(broken.map(({ history }) => history));
  const outdated = plain.flatMap(({ history, missing }) => (missing === null ? [] : [{ history, message: missing }]));
  const isOutdated = new Set(outdated.map(({ history }) => history));
  return {
    broken: [...new Map(broken.map((each) => [each.history, each])).values()],
    outdated,
    sound: withProbes
      .filter(({ history }) => !isBroken.has(history))
      .map(({ history: name, reached }) => ({
        ...{ name, comparesContents: !isOutdated.has(name), reached: new Set(reached) },
      })),
  };
}

function completed({ replayed, trouble }: ReplayOutcome): readonly Replayed[] {
  if (trouble.is === 'none') return replayed;
  throw new Error(`the unedited workflows do not replay to the end (${trouble.is}): ${trouble.message}`);
}

function events({ history }: NamedHistory): number {
  return (history as { readonly events?: readonly unknown[] }).events?.length ?? 0;
}
