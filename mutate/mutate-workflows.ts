import { compileModule, NotTypeScript } from './bundle/compile-module.js';
import type { SourceModule } from './bundle/module-graph.js';
import { type CompiledModules, type PatchableBundle, patchableBundle } from './bundle/patchable-bundle.js';
import { withProbes } from './bundle/reach-probes.js';
import { type Edit, replaceParts } from './edits/edit.js';
import { sampleOf } from './edits/sample-edits.js';
import { editsOfBundle } from './edits-of-bundle.js';
import { baseline } from './replay/baseline.js';
import type { NamedHistory, WantedHistory } from './replay/replay-messages.js';
import { Replayer } from './replay/replayer.js';
import type { NotCaught, Report } from './report.js';

export type MutationInput = {
  /** Paths in keys are relative to it. */
  readonly root: string;
  /** The bundle's entry. */
  readonly entry: string;
  readonly histories: readonly NamedHistory[];
  /** Reasons for edits known to change no command, by key. */
  readonly equivalents: ReadonlyMap<string, string>;
  /** Only edits whose key contains this; null for all. */
  readonly only: string | null;
  /** Null for all of them. */
  readonly sample: { readonly count: number; readonly seed: string } | null;
  /** Replays in parallel. */
  readonly jobs: number;
  /** Time limit for one history, in ms. */
  readonly patienceMs: number;
  /** Shows progress. */
  readonly say: (line: string) => void;
  /** Ends the replaying processes, and with them the run. */
  readonly signal: AbortSignal;
};

type Verdict =
  | { readonly is: 'caught'; readonly edit: Edit; readonly by: 'replay' | 'contents' | 'time-out' | 'crash' }
  | { readonly is: 'notCaught'; readonly edit: Edit; readonly histories: number }
  | { readonly is: 'invalid'; readonly edit: Edit };

/**
 * Edits the workflows in memory, one edit at a time, and replays the histories whose code reaches the edit. Nothing is
 * written. Throws if the unedited workflows cannot be replayed at all, and if `signal` is aborted.
 */
export async function mutateWorkflows(input: MutationInput): Promise<Report> {
  const began = Date.now();
  const { graph, declarations, editsByPath } = editsOfBundle(input.root, input.entry);
  const generated = [...editsByPath].flatMap(([path, edits]) => edits.map((edit) => ({ path, edit })));
  const wanted = generated.filter(({ edit }) => edit.key.includes(input.only ?? ''));
  const chosen = input.sample === null ? wanted : sampleOf(wanted, input.sample.count, input.sample.seed);
  input.say(`${generated.length} edits in ${graph.size} modules, ${chosen.length} to try; bundling`);

  const bundle = await patchableBundle(input.entry, graph);
  const setup = { bundle, modules: compiled(bundle, [...graph.values()]), histories: input.histories };
  const replayers = Array.from({ length: input.jobs }, () => new Replayer(setup, input.patienceMs));
  const end = (): void => {
    for (const replayer of replayers) replayer.end();
  };
  input.signal.addEventListener('abort', end);
  try {
    const probed = withProbes(graph, declarations, editsByPath);
    const texts = [...probed.texts].map(([path, text]) => ({ path, text }));
    const [first] = replayers as [Replayer];
    const { sound, broken, outdated } = await baseline(first, input.histories, compiled(bundle, texts));
    input.say(`of ${input.histories.length} histories ${broken.length} are broken and ${outdated.length} outdated`);

    const verdicts: Verdict[] = [];
    const open = chosen.entries();
    const work = async (replayer: Replayer): Promise<void> => {
      for (const [index, { path, edit }] of open) {
        input.signal.throwIfAborted();
        const probes = probed.probesOf.get(edit.key) ?? [];
        const histories = sound.filter(({ reached }) => probes.some((probe) => reached.has(probe)));
        const verdict = await tried(replayer, bundle, { path, edit, text: graph.get(path)?.text ?? '' }, histories);
        verdicts[index] = verdict;
        tell(verdict, verdicts.filter(Boolean).length);
      }
    };
    await Promise.all(replayers.map(work));
    return reportOf(input, verdicts, {
      generated: generated.map(({ edit }) => edit.key),
      broken,
      outdated,
      seconds: Math.round((Date.now() - began) / 1000),
    });
  } finally {
    input.signal.removeEventListener('abort', end);
    end();
  }

  function tell(verdict: Verdict, done: number): void {
    const { key, file, line } = verdict.edit;
    if (verdict.is === 'invalid') input.say(`no program: ${key}`);
    if (verdict.is === 'notCaught' && !input.equivalents.has(key)) input.say(`not caught: ${file}:${line} ${key}`);
    if (done % 25 === 0) input.say(`${done} of ${chosen.length} tried`);
  }
}

function compiled(bundle: PatchableBundle, modules: readonly Pick<SourceModule, 'path' | 'text'>[]): CompiledModules {
  return Object.fromEntries(modules.map(({ path, text }) => [bundle.ids[path] ?? path, compileModule(path, text)]));
}

async function tried(
  replayer: Replayer,
  bundle: PatchableBundle,
  { path, text, edit }: { readonly path: string; readonly text: string; readonly edit: Edit },
  reaching: readonly WantedHistory[],
): Promise<Verdict> {
  let replaced: CompiledModules;
  try {
    replaced = compiled(bundle, [{ path, text: replaceParts(text, edit.replacements) }]);
  } catch (error) {
    if (!(error instanceof NotTypeScript)) throw error;
    return { is: 'invalid', edit };
  }
  const histories = reaching.map(({ name, comparesContents }) => ({ name, comparesContents }));
  if (histories.length === 0) return { is: 'notCaught', edit, histories: 0 };
  const order = { replaced, histories, untilFailure: true };
  let outcome = await replayer.replay(order);
  // A process may have ended for some reason of its own.
  if (outcome.trouble.is === 'crash') outcome = await replayer.replay(order);
  const { replayed, trouble } = outcome;
  if (trouble.is !== 'none') return { is: 'caught', edit, by: trouble.is };
  if (replayed.some(({ error }) => error !== null)) return { is: 'caught', edit, by: 'replay' };
  const last = replayed.at(-1);
  const isOther = last?.missing !== null && histories[replayed.length - 1]?.comparesContents === true;
  return isOther ? { is: 'caught', edit, by: 'contents' } : { is: 'notCaught', edit, histories: histories.length };
}

function reportOf(
  { equivalents, histories, sample }: MutationInput,
  verdicts: readonly Verdict[],
  facts: Pick<Report, 'broken' | 'outdated' | 'seconds'> & { readonly generated: readonly string[] },
): Report {
  const caught = verdicts.filter((verdict) => verdict.is === 'caught');
  const passed = verdicts.filter((verdict) => verdict.is === 'notCaught');
  const invalid = verdicts.filter(({ is }) => is === 'invalid').length;
  const known = new Set(facts.generated);
  const notCaught = passed
    .filter(({ edit }) => !equivalents.has(edit.key))
    .map(({ edit: { key, kind, file, line, before, after }, histories }): NotCaught => ({
      ...{ key, kind, file, line, before, after, histories },
    }));
  return {
    edits: verdicts.length - invalid,
    generated: facts.generated.length,
    caught: caught.length,
    caughtByContents: caught.filter(({ by }) => by === 'contents').length,
    caughtByTimeOut: caught.filter(({ by }) => by === 'time-out').length,
    caughtByCrash: caught.filter(({ by }) => by === 'crash').length,
    equivalent: passed.length - notCaught.length,
    notCaught,
    invalid,
    stale: [
      ...[...equivalents.keys()].filter((key) => !known.has(key)).map((key) => ({ key, why: 'no such edit' as const })),
      ...caught
        .filter(({ edit }) => equivalents.has(edit.key))
        .map(({ edit }) => ({ key: edit.key, why: 'caught' as const })),
    ],
    broken: facts.broken,
    outdated: facts.outdated,
    histories: histories.length,
    seed: sample?.seed ?? null,
    seconds: facts.seconds,
  };
}
