import { ApplicationFailure } from '@temporalio/common';
import type { DownloadResult } from '../../contracts/activities.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import { isFailureCode, MACHINE_FAILURES, type FailureCode } from '../../contracts/failures/failure-codes.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';

type OnBuilder<T> = (input: { readonly facts: BuildFacts; readonly builder: Builder }) => Promise<T>;

/** Work on a builder whose end says something about the machine; a download is its good end. */
const TELLING = ['startRemoteBuild', 'followBuild', 'downloadResults'] as const;

/**
 * The same activities, with their ends recorded in the memory of hosts. A builder that its user may visit proves
 * nothing about its pool: the user is root there.
 */
export function rememberHosts<A extends object>(deps: Pick<ActivityDependencies, 'hosts'>, activities: A): A {
  const noted: Partial<Record<string, OnBuilder<unknown>>> = {};
  for (const name of TELLING) {
    const run = (activities as Partial<Record<string, OnBuilder<unknown>>>)[name];
    if (run !== undefined) noted[name] = noting(deps, run, name === 'downloadResults');
  }
  return { ...activities, ...noted };
}

function noting(
  { hosts }: Pick<ActivityDependencies, 'hosts'>,
  run: OnBuilder<unknown>,
  isEnd: boolean,
): OnBuilder<unknown> {
  return async (input) => {
    const { builder, facts } = input;
    try {
      const result = await run(input);
      if (isEnd && !facts.userSsh && hasAnswered(result as DownloadResult)) hosts.succeeded(builder, facts);
      return result;
    } catch (error) {
      const code = machineFailure(error);
      if (code !== null && !facts.userSsh) hosts.failed(builder, facts, code);
      throw error;
    }
  };
}

/**
 * A package that did not build is a valid answer; results that must not be accepted give no reason to trust the
 * machine.
 */
function hasAnswered(result: DownloadResult): boolean {
  return result.built || result.failure.code === 'PackageFailed';
}

function machineFailure(error: unknown): FailureCode | null {
  const code =
    error instanceof PortFailure ? error.code : error instanceof ApplicationFailure ? (error.type ?? null) : null;
  return code !== null && isFailureCode(code) && MACHINE_FAILURES.includes(code) ? code : null;
}
