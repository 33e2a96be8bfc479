import type { DownloadResult, StepActivities } from '../../contracts/activities.js';
import type { Builder, BuildFacts } from '../../contracts/build/build.js';
import { repositoryChange } from '../../contracts/repository/repository.js';
import { inStore, storeOf } from '../../contracts/store-kind.js';
import { cutLineLength } from '../../domain/build/cut-log.js';
import { reasonFromBuildLog } from '../../domain/build/failure-reason.js';
import { isRpmFileName, sourcePackageOf } from '../../domain/names/rpm-file.js';
import { withBackoff, steady } from '../../backoff/with-backoff.js';
import { PortFailure } from '../../ports/port-failure.js';
import { BUILDER_DIRECTORY } from './builder-commands.js';
import { throwIfLost } from './builder-liveness.js';
import type { ActivityDependencies } from '../dependencies.js';
import { withHeartbeat } from '../heartbeat.js';
import { LostContact } from './lost-contact.js';
import { requester } from '../requester.js';

/** Bytes read from the end of the live log to find out why a package does not build. */
const LOG_TAIL_BYTES = 64 * 1024;
/**
 * Longest package name that the frontend stores, in characters (docs/neighbours/frontend.md#reports); a directory's
 * name counts bytes.
 */
const MAX_PACKAGE_NAME = 100;
/** Longest name of a package's file, in bytes: signers write beside it, under a name that is about ten bytes longer. */
const MAX_FILE_NAME = 240;
/** A transfer that breaks this often is the machine's fault. */
const ATTEMPTS = 3;
/** Constant pauses: a builder that is cut off is tried often, so that its build does not wait. */
const TRANSFER_PAUSES = steady(1000);

type Dependencies = Pick<
  ActivityDependencies,
  'sync' | 'liveLogs' | 'backendLog' | 'stagingArea' | 'buildResults' | 'pool' | 'messages' | 'settings' | 'log'
>;

/** Copies results from the builder into this attempt's own directory, and from there into the public place. */
export function createResultActivities(deps: Dependencies): Pick<StepActivities, 'downloadResults' | 'deliverResults'> {
  const { sync, liveLogs, backendLog, stagingArea, buildResults, pool, messages, settings, log } = deps;
  return {
    downloadResults: ({ facts, builder }) =>
      withHeartbeat(deps, async ({ signal }): Promise<DownloadResult> => {
        const staging = (await fromEarlierAttempt(facts, builder)) ?? (await download(facts, builder, signal));
        const released = await closeTicket(builder.ticket);
        if (released) await backendLog.note(facts, [`Builder released, ticket ${builder.ticket}`]);
        if (!(await buildResults.hasSuccess({ ...facts, staging }))) {
          const reason = whyNotBuilt(await liveLogs.tail(facts, LOG_TAIL_BYTES));
          const failure = { code: 'PackageFailed' as const, message: reason };
          await backendLog.note(facts, [`The package did not build: ${reason}`], 'ERROR');
          return { built: false, staging, failure, released };
        }
        try {
          return { built: true, staging, packages: await validate(facts, staging), released };
        } catch (error) {
          if (!(error instanceof PortFailure) || error.retryable) throw error;
          await backendLog.note(facts, [error.message], 'ERROR');
          return { built: false, staging, failure: { code: error.code, message: error.message }, released };
        }
      }),

    async deliverResults({ facts, staging, publish }) {
      await buildResults.deliver({ ...facts, staging });
      if (publish === null) return;
      await backendLog.note(facts, ['Results are in place; waiting for the repository to publish them']);
      await messages.requestChange(
        { owner: facts.owner, dirname: facts.dirname, chroot: facts.chroot },
        {
          ...requester(publish.requestId),
          change: repositoryChange('change', {
            add: [facts.targetDir],
            devel: facts.usesDevelRepo,
            appstream: facts.appstream,
            ...inStore(storeOf(facts)),
          }),
        },
      );
    },
  };

  /** An earlier attempt may have closed the ticket already: by now its builder may run another build, or be wiped. */
  async function fromEarlierAttempt(facts: BuildFacts, builder: Builder): Promise<string | null> {
    const staging = await stagingArea.findDownloaded(facts, builder.ticket);
    if (staging !== null) await backendLog.note(facts, ['The results are here already; going on with them']);
    return staging;
  }

  /** Copies the results into this attempt's own staging directory; returns its name. */
  async function download(facts: BuildFacts, builder: Builder, signal: AbortSignal): Promise<string> {
    const { hostKey } = builder;
    if (hostKey === null) throw new Error('a builder without a known host key cannot have built anything');
    const staging = await stagingArea.create(facts);
    const request = {
      from: { ...builder, hostKey },
      source: `${BUILDER_DIRECTORY}/results`,
      to: { ...facts, staging },
      buildId: facts.buildId,
      maxBytes: settings.resultsMaxBytes,
      ...(facts.userSsh ? { only: ['success', '*.spec'] } : {}),
      signal,
    };
    const { files, bytes } = await downloadWithBackoff(builder, () => sync.download(request), signal);
    await stagingArea.markDownloaded({ ...facts, staging }, { ticket: builder.ticket, files, bytes });
    await backendLog.note(facts, [`Downloaded ${files} files, ${bytes} bytes`]);
    return staging;
  }

  /**
   * A broken transfer is retried from the same builder before the build moves to another one
   * (docs/neighbours/builder.md#commands), and a builder that is cut off for a moment keeps its build, just as during
   * the build.
   */
  async function downloadWithBackoff<T>(builder: Builder, transfer: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const contact = new LostContact();
    return withBackoff(transfer, {
      ...{ pauses: TRANSFER_PAUSES, signal },
      async goesOn(error, { failures }) {
        if (!(error instanceof PortFailure) || !error.retryable) return false;
        const isOutOfReach = error.code === 'BuilderUnreachable';
        const isEnough = isOutOfReach ? contact.lost(error) : true;
        if (failures >= ATTEMPTS && isEnough) return false;
        if (isOutOfReach) await throwIfLost(pool, builder);
        return true;
      },
    });
  }

  /**
   * Parses everything before anything is signed or published (the Python service publishes first). Returns the number
   * of RPMs.
   */
  async function validate(facts: BuildFacts, staging: string): Promise<number> {
    if (facts.userSsh) return 0; // its user may have changed anything: only its spec is copied
    const staged = { ...facts, staging };
    const rpms = await buildResults.rpms(staged);
    const long = rpms.filter((name) => Buffer.byteLength(name) > MAX_FILE_NAME);
    if (long.length > 0) throw invalid(`more than ${MAX_FILE_NAME} bytes has the name of ${some(long)}`);
    const odd = rpms.filter((name) => !isRpmFileName(name));
    if (odd.length > 0) throw invalid(`no package may be called ${some(odd)}`);
    if (facts.kind === 'source') {
      const results = await buildResults.readSourceResults(staged);
      if (sourcePackageOf(rpms) === undefined) throw invalid('the build left no source RPM');
      const bytes = Buffer.byteLength(results.name);
      if (bytes > MAX_PACKAGE_NAME) {
        const message = `the package's name has ${bytes} bytes, ${MAX_PACKAGE_NAME} are allowed`;
        throw new PortFailure('PackageNameTooLong', message);
      }
      return rpms.length;
    }
    const results = await buildResults.readRpmResults(staged);
    const { unreadable, unlisted } = await buildResults.foreignRpms(staged, results);
    if (unreadable.length > 0) throw invalid(`these packages cannot be read: ${some(unreadable)}`);
    if (unlisted.length > 0) throw invalid(`results.json does not name the contents of ${some(unlisted)}`);
    return rpms.length;
  }

  async function closeTicket(ticket: number): Promise<boolean> {
    try {
      await pool.close(ticket);
      return true;
    } catch (error) {
      log.warn({ ticket, error: String(error) }, 'a ticket could not be closed; the workflow closes it later');
      return false;
    }
  }
}

function invalid(message: string): PortFailure {
  return new PortFailure('ResultsInvalid', message);
}

/** Names of files come from the builder: this shows the first five, on one line, and not too long. */
function some(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => (isRpmFileName(name) ? name : JSON.stringify(name.slice(0, 100))));
  return shown.join(', ');
}

/** `tail`: the end of the build's log. */
function whyNotBuilt(tail: string): string {
  if (cutLineLength(tail) === 0) return reasonFromBuildLog(tail);
  return 'no reason is known: the log was cut before its end, see the logs among the results';
}
