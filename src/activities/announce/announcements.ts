import { activityInfo } from '@temporalio/activity';
import type { BuildFacts } from '../../contracts/build/build.js';
import type { Announcement, AnnouncementTopic } from '../../domain/announce/announcement.js';
import { PortFailure } from '../../ports/port-failure.js';
import type { ActivityDependencies } from '../dependencies.js';
import { ownRun } from '../requester.js';

type Dependencies = Pick<ActivityDependencies, 'bus' | 'buildDirectories' | 'log'>;

/** Announces `build.start` and `chroot.start`, once per run: at its first builder. */
export async function announceStart(
  deps: Dependencies,
  facts: BuildFacts,
  start: { readonly host: string },
): Promise<void> {
  const about = { ...start, status: 'running' } as const;
  await announce(deps, facts, 'build.start', about);
  await announce(deps, facts, 'chroot.start', about);
}

/** Announces `build.end`, once per run, with the builder noted in the result directory. */
export async function announceEnd(
  deps: Dependencies,
  facts: BuildFacts,
  end: { readonly status: 'succeeded' | 'failed' },
): Promise<void> {
  await announce(deps, facts, 'build.end', { ...end, host: await lastHost(deps, facts) });
}

/**
 * No error here makes a build fail or delays its end: it is logged, and the message is lost. The key makes a repeated
 * attempt send the same message. The time at which the server first scheduled the activity is one clock for all
 * activities of a run, and a retry does not change it.
 */
async function announce(
  { bus, log }: Dependencies,
  facts: BuildFacts,
  topic: AnnouncementTopic,
  about: Pick<Announcement, 'host' | 'status'>,
): Promise<void> {
  const { taskId, buildId, owner, project, chroot, packageName, packageVersion, submitter } = facts;
  try {
    await bus.announce(
      {
        ...{ topic, taskId, buildId, owner, project, chroot, packageName, packageVersion, submitter },
        ...{ host: about.host, status: about.status, pid: process.pid },
      },
      { key: `${ownRun().runId}/${topic}`, order: activityInfo().scheduledTimestampMs },
    );
  } catch (error) {
    log.warn({ taskId, topic, err: error }, 'the build goes on, but its message is lost');
  }
}

/** Each builder that was found ready is noted; there is no note if no builder was reached. */
async function lastHost({ buildDirectories, log }: Dependencies, facts: BuildFacts): Promise<string | null> {
  try {
    return await buildDirectories.lastBuilder(facts);
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    log.warn({ taskId: facts.taskId, error: error.message }, 'the last builder of a build cannot be read');
    return null;
  }
}
