import { activityInfo } from '@temporalio/activity';
import type { StepActivities } from '../../contracts/activities.js';
import { PortFailure } from '../../ports/port-failure.js';
import { announceStart } from '../announce/announcements.js';
import {
  cancelCoprRpmbuild,
  checkBuilder,
  connectWithBackoff,
  isStartedHere,
  readinessChroot,
  startCoprRpmbuild,
  taskUrl,
} from './builder-commands.js';
import { throwIfLost } from './builder-liveness.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { grantAccess, hasAccess } from './user-access.js';

/** A machine that was just assigned may still be booting its sshd. */
const CONNECT_WITHIN_MS = 30_000;
/** A machine that is released anyway gets a short chance to stop its build itself. */
const STOP_WITHIN_MS = 3000;

type Dependencies = Pick<
  ActivityDependencies,
  | 'frontend'
  | 'shell'
  | 'rootShell'
  | 'buildDirectories'
  | 'liveLogs'
  | 'backendLog'
  | 'pool'
  | 'messages'
  | 'bus'
  | 'settings'
  | 'log'
  | 'command'
>;

/** Starts a build on its builder, and stops it there. */
export function createRemoteBuildActivities(
  deps: Dependencies,
): Pick<StepActivities, 'startRemoteBuild' | 'releaseBuilder'> {
  const { frontend, shell, buildDirectories, liveLogs, backendLog, pool, settings, command, log } = deps;
  // A cancel must reach a start soon, and a release delays the end of its build.
  const beating = { messages: deps.messages, remembersNothing: true };
  return {
    startRemoteBuild: ({ facts, builder, attempt, announce }) =>
      withHeartbeat(beating, async ({ signal }) => {
        // Its host key is not pinned yet: a machine that answers late at its address may be another one, with another
        // build's ticket.
        const stillOurs = (): Promise<void> => throwIfLost(pool, builder);
        const session = await connectWithBackoff(shell, builder, { withinMs: CONNECT_WITHIN_MS, signal, stillOurs });
        try {
          if (activityInfo().attempt > 1) await stillOurs();
          const url = taskUrl(facts, settings.frontendBaseUrl);
          const { hostKey } = session;
          const divider = `=== attempt ${attempt}: the build goes on from its beginning on builder ${builder.host} ===`;
          if (activityInfo().attempt > 1 && (await isStartedHere(session, { url, signal }))) {
            await backendLog.note(facts, ['copr-rpmbuild is running there already; re-attaching']);
            const logBase = await liveLogs.begin(facts, divider);
            const visited = facts.userSsh && { userAccess: await hasAccess(deps, { builder, signal }) };
            return { hostKey, logBase, startedOn: now(), ...visited };
          }
          const checked = await checkBuilder(session, readinessChroot(facts), command, signal);
          await backendLog.note(facts, [
            `copr-rpmbuild ${checked.version}`,
            ...checked.readiness.split('\n').filter(Boolean),
          ]);
          await buildDirectories.writeBuildInfo(facts, { buildId: facts.buildId, host: builder.host });
          const logBase = await liveLogs.begin(facts, divider);
          const startedOn = now();
          if (announce) {
            await frontend.reportBuild({
              id: facts.buildId,
              taskId: facts.taskId,
              chroot: facts.chroot,
              status: 'running',
              resultDir: facts.targetDir,
              startedOn,
            });
            await announceStart(deps, facts, { host: builder.host });
          }
          const pinned = { ...builder, hostKey };
          const visited = facts.userSsh && {
            userAccess: await grantAccess(deps, { facts, builder: pinned, startedOn, signal }),
          };
          const said = await startCoprRpmbuild(session, { facts, url, command, signal });
          await backendLog.note(facts, ['copr-rpmbuild started', ...said.split('\n').filter(Boolean)]);
          return { hostKey, logBase, startedOn, ...visited };
        } finally {
          session.close();
        }
      }),

    releaseBuilder: ({ facts, builder, ticket, stop }) =>
      withHeartbeat(beating, async ({ signal }) => {
        if (stop && builder !== null) {
          try {
            const session = await connectWithBackoff(shell, builder, { withinMs: STOP_WITHIN_MS, signal });
            try {
              await backendLog.note(facts, [`copr-rpmbuild-cancel: ${await cancelCoprRpmbuild(session, signal)}`]);
            } finally {
              session.close();
            }
          } catch (error) {
            // Closing the ticket takes the machine away from us in any case.
            if (!(error instanceof PortFailure)) throw error;
            log.info({ ticket, host: builder.host, error: error.message }, 'builder could not be told to stop');
          }
        }
        await pool.close(ticket);
        await backendLog.note(facts, [`Builder released, ticket ${ticket}`]);
      }),
  };
}

/** Unix seconds. */
function now(): number {
  return Math.floor(Date.now() / 1000);
}
