import { failureText } from '../../contracts/failures/failure-text.js';
import { roundSummary, type RoundSummary } from '../../domain/maintenance/round-summary.js';
import type { PeriodicWorkState, Round } from '../../ports/maintenance/periodic-work.js';
import { tableLines } from '../build/status-text.js';

/** Every Schedule with its last round, as a table. */
export function scheduleLines(states: readonly PeriodicWorkState[]): readonly string[] {
  const header = ['JOB', 'STORAGE', 'EVERY', 'NEXT', 'LAST', 'RESULT'];
  const lines = tableLines([header, ...states.map(row)]);
  const paused = states.filter((state) => state.paused !== null);
  return [
    ...lines,
    ...paused.map(({ job, storage, paused: pause }) => `${job} in ${storage} is paused: ${pause?.note ?? ''}`),
  ];
}

/** One Schedule with its last rounds, newest first. */
export function scheduleDetails(state: PeriodicWorkState): readonly string[] {
  const { scheduleId, every, next, paused, rounds } = state;
  return [
    `${scheduleId}: every ${everyText(every)}, ${paused === null ? `next ${next ?? 'unknown'}` : 'paused'}`,
    ...(paused === null ? [] : [`  ${paused.note}`]),
    ...(rounds.length === 0 ? ['  no round has been started'] : []),
    ...rounds.flatMap((round) => [
      `  ${round.startedAt}  ${roundText(state, round).text}`,
      ...roundText(state, round).troubles.map((trouble) => `    ${trouble}`),
    ]),
  ];
}

/** The outcome of a round, in one line, and the work that it could not do. */
export function roundText({ job }: Pick<PeriodicWorkState, 'job'>, round: Round): RoundSummary {
  switch (round.state) {
    case 'completed':
      return roundSummary(job, round.result);
    case 'failed':
      return { text: `failed: ${failureText(round.failure)}`, troubles: [] };
    case 'running':
      return { text: `under way since ${round.startedAt}${doingText(round)}`, troubles: [] };
    case 'canceled':
    case 'terminated':
      return { text: round.state, troubles: [] };
    case 'forgotten':
      return { text: 'ended; Temporal no longer keeps its result', troubles: [] };
  }
}

function doingText({ doing }: Round): string {
  return doing === undefined ? '' : `: ${doing}`;
}

/** The same for tools. */
export function scheduleJson(state: PeriodicWorkState): object {
  return {
    ...state,
    rounds: state.rounds.map((round) => {
      const { text: summary, troubles } = roundText(state, round);
      return { ...round, summary, troubles };
    }),
  };
}

function row(state: PeriodicWorkState): readonly string[] {
  const { job, storage, every, next, paused, rounds } = state;
  const [last] = rounds;
  const result = last === undefined ? null : roundText(state, last);
  const troubled =
    result === null || result.troubles.length === 0
      ? ''
      : ` (${result.troubles.length === 1 ? '1 trouble' : `${result.troubles.length} troubles`})`;
  return [
    ...[job, storage, everyText(every), paused === null ? (next ?? '') : 'paused'],
    ...[last?.startedAt ?? 'never', `${result?.text ?? ''}${troubled}`],
  ];
}

function everyText(seconds: number): string {
  for (const [unit, size] of [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const)
    if (seconds % size === 0) return seconds === size ? unit : `${seconds / size} ${unit}s`;
  return `${seconds} seconds`;
}
