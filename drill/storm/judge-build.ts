import type { RunEnd } from './histories.js';
import type { Script } from './script.js';

/** One task of a build (its sources, or its packages) according to the frontend and Temporal. */
export type TaskFacts = {
  readonly taskId: string;
  /** The frontend's word for its state. */
  readonly state: string;
  /** How its last run ended; null: it never ran. */
  readonly run: RunEnd | null;
};

/** All facts about a build at the end. */
export type BuildFacts = {
  readonly id: number;
  readonly script: Script;
  /** Stage in which its user canceled it; null: nobody did. */
  readonly canceledIn: string | null;
  /** The frontend refused the confirmation of its cancel: for some time, or for ever. */
  readonly refused: 'no' | 'for a time' | 'for ever';
  /** Cancel requests that the frontend still lists. */
  readonly requests: readonly string[];
  /** Null: its sources were there from the beginning. */
  readonly sources: TaskFacts | null;
  readonly rpm: TaskFacts;
  /** RPMs in its public directory. */
  readonly rpms: readonly string[];
  /** The repository's metadata names its package. */
  readonly isNamed: boolean;
};

/** The verdict on a build. */
export type Judgement = {
  /** Why it is not final: not over, or frontend, tree, repository and Temporal disagree. Empty: it is. */
  readonly open: readonly string[];
  /** Why it ended differently than it should. Empty: it did not. */
  readonly wrong: readonly string[];
};

const FINAL = ['succeeded', 'failed', 'canceled'];
/** Ends of a run that agree with each state in the frontend. */
const AGREEING: Readonly<Record<string, readonly (RunEnd | null)[]>> = {
  succeeded: ['succeeded'],
  failed: ['failed'],
  // It ended before its user's request came, it was stopped, it was not permitted to start, or nobody had started it.
  canceled: ['canceled', 'refused', null],
};

/** Compares a build's end with its script, and the facts from four sides with each other. */
export function judgeBuild(build: BuildFacts): Judgement {
  return { open: [...tasksOpen(build), ...packagesOpen(build)], wrong: wrongOf(build) };
}

function tasksOpen(build: BuildFacts): readonly string[] {
  const { sources, rpm, refused, requests } = build;
  const open: string[] = [];
  // If the frontend never accepts a cancel, a waiting task stays unchanged for ever.
  if (refused === 'for ever') {
    if (rpm.run !== null && !isEnd(rpm.run)) open.push(`${rpm.taskId} still runs`);
    return open;
  }
  if (requests.length > 0) open.push(`cancels are still asked for: ${requests.join(', ')}`);
  for (const task of [sources, rpm]) {
    if (task === null) continue;
    if (!FINAL.includes(task.state)) open.push(`${task.taskId} is ${task.state}`);
    else if (!agrees(task, build))
      open.push(`${task.taskId} is ${task.state} and its workflow ${task.run ?? 'never ran'}`);
  }
  return open;
}

function agrees(task: TaskFacts, { sources, rpm, refused }: BuildFacts): boolean {
  if (AGREEING[task.state]?.includes(task.run) === true) return true;
  // It was stopped for its user, but could not confirm that before it reported its end.
  if (task === rpm && refused !== 'no' && task.state === 'failed') return task.run === 'canceled';
  // The frontend itself ends packages without sources.
  if (task === rpm && task.state === 'failed' && sources?.state === 'failed') return task.run === null;
  // Canceled while dist-git imported them: the backend's work was done.
  return task === sources && task.state === 'canceled' && task.run === 'succeeded';
}

function packagesOpen({ rpm, rpms, isNamed }: BuildFacts): readonly string[] {
  const isThere = rpm.state === 'succeeded';
  return [
    ...(isThere === rpms.length > 0 ? [] : [`${rpm.taskId} is ${rpm.state} and its directory has ${rpms.length} RPMs`]),
    ...(isThere === isNamed
      ? []
      : [`${rpm.taskId} is ${rpm.state} and the repository ${isNamed ? 'names it' : 'does not name it'}`]),
  ];
}

function wrongOf(build: BuildFacts): readonly string[] {
  const { sources, rpm, isNamed, rpms, canceledIn } = build;
  const wrong: string[] = [];
  const state = FINAL.includes(rpm.state) ? rpm.state : null;
  if (state !== null && !allowed(build).includes(state))
    wrong.push(`${rpm.taskId} ended as ${state}${canceledIn === null ? '' : `, canceled while ${canceledIn}`}`);
  const sourcesAllowed = build.script === 'hasBadSources' ? ['failed'] : ['succeeded'];
  if (sources !== null && FINAL.includes(sources.state)) {
    const may = canceledIn === null ? sourcesAllowed : [...sourcesAllowed, 'canceled'];
    if (!may.includes(sources.state)) wrong.push(`${sources.taskId} ended as ${sources.state}`);
  }
  if (state === 'succeeded' && !isNamed) wrong.push(`${rpm.taskId} succeeded and nobody sees its package`);
  if (state !== 'succeeded' && canceledIn !== null && (isNamed || rpms.length > 0))
    wrong.push(`${rpm.taskId} was canceled and its packages are public`);
  return wrong;
}

/** Permitted ends of a build's packages. */
function allowed({ script, canceledIn, refused }: BuildFacts): readonly string[] {
  const usual = script === 'succeeds' ? 'succeeded' : 'failed';
  if (canceledIn === null) return [usual];
  // Nobody could confirm the cancel before the build reported its end.
  if (refused !== 'no') return [usual, 'canceled', 'failed'];
  return [usual, 'canceled'];
}

function isEnd(run: RunEnd): boolean {
  return run !== 'open' && run !== 'continued as new';
}
