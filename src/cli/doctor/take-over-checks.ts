import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { programOnPath } from '../../adapters/process/program-on-path.js';
import type { UnitState } from '../../adapters/process/systemd-units.js';
import { createFrontendHttp } from '../../adapters/frontend-http/frontend.js';
import { leftoversIn, type Leftover } from '../../adapters/python-service/half-done.js';
import { oldProcesses, type OldProcess } from '../../adapters/python-service/old-processes.js';
import { createResalloc } from '../../adapters/resalloc-xmlrpc/builder-pool.js';
import { projectOfDirname } from '../../domain/build/build-directory.js';
import { PortFailure } from '../../ports/port-failure.js';
import { failed, ok, type Check, type Verdict, warning } from './check.js';
import type { ExaminedHost } from './examined-host.js';
import { hangRemedy } from './file-system-answer.js';
import { statesOf } from './host-check.js';

/** Units of the Python service; most have the names of ours. */
const OLD_UNITS = [
  'copr-backend.target',
  'copr-backend-build.service',
  'copr-backend-action.service',
  'copr-backend-log.service',
];
/** `copr-backend install` writes ours there, and they come before those of a package. */
const OURS = '/usr/local/lib/systemd/system/';
/** What the Python service calls by its name alone; ours would wait for workers that do not run yet. */
const CALLED = ['copr-repo', 'copr-backend-process-build', 'copr-backend-process-action'];
/** Where systemd lets services look for programs (systemd.exec(5)). */
const PATH_OF_SERVICES = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin'];
/** A look at all result directories of a large tree. */
const TREE_LIMIT_MS = 1_800_000;
const LISTED = 30;

/**
 * Finds the leftovers of a Python service before ours starts in its place. Everything is looked at, nothing changed.
 *
 * @param searched the directories where services look for programs
 */
export function takeOverChecks(host: ExaminedHost, searched = PATH_OF_SERVICES): readonly Check[] {
  const processes = oldProcesses();
  const units = activeUnits(host);
  for (const look of [processes, units]) look.catch(() => undefined); // the checks that await it say so
  return [
    unitsCheck(units),
    processesCheck(processes),
    commandsCheck({ units, processes, searched }),
    treeCheck(host, processes),
  ];
}

async function activeUnits({ silenceMs }: ExaminedHost): Promise<readonly UnitState[]> {
  const states = (await statesOf(OLD_UNITS, silenceMs)) ?? [];
  return states.filter(({ active, file }) => active === 'active' && !file.startsWith(OURS));
}

function unitsCheck(units: Promise<readonly UnitState[]>): Check {
  const about = 'old units';
  return {
    about,
    ifSilent: 'systemd does not answer: systemctl is-system-running',
    run: async () => {
      const active = await units;
      return active.length === 0
        ? [ok(about, 'none runs')]
        : active.map(({ unit, file }) => failed(about, `${unit} (${file}) runs`, `systemctl disable --now ${unit}`));
    },
  };
}

function processesCheck(processes: Promise<readonly OldProcess[]>): Check {
  const about = 'old processes';
  return {
    about,
    ifSilent: 'ps -ef | grep -i copr',
    run: async () => {
      const found = await processes;
      if (found.length === 0) return [ok(about, 'none runs')];
      return listed(found, about, ({ pid, title }) =>
        failed(
          about,
          `process ${pid} runs: ${title}`,
          `wait for its end, then its work is complete; or kill ${pid}, and the work is done again from its beginning`,
        ),
      );
    },
  };
}

/** Commands of ours at the places where the old service, as long as it runs, finds its own. */
function commandsCheck(look: {
  readonly units: Promise<readonly UnitState[]>;
  readonly processes: Promise<readonly OldProcess[]>;
  readonly searched: readonly string[];
}): Check {
  const about = 'old commands';
  return {
    about,
    ifSilent: `a directory of these hangs: ${look.searched.join(', ')}`,
    run: async () => {
      if ((await look.units).length + (await look.processes).length === 0)
        return [ok(about, 'nothing runs that would call them')];
      const ours: Verdict[] = [];
      for (const name of CALLED) {
        const found = await programOnPath(name, look.searched);
        if (found === null || path.basename(await realpath(found)) !== `${name}.mjs`) continue;
        const prefix = path.dirname(path.dirname(found));
        const remedy = `npm uninstall --global --prefix ${prefix} copr-backend; install it when the old service is gone`;
        ours.push(failed(about, `${found} is ours, and the old service, which still runs, calls ${name}`, remedy));
      }
      return ours.length > 0 ? ours : [ok(about, 'the old service, which still runs, finds none of ours')];
    },
  };
}

/** Half-done builds, tickets, and leftovers of createrepo_c. */
function treeCheck({ config, silenceMs }: ExaminedHost, processes: Promise<readonly OldProcess[]>): Check {
  const about = 'old results';
  return {
    about,
    limitMs: TREE_LIMIT_MS,
    ifSilent: `look on a host where ${config.destdir} is quicker, or go without: nothing depends on this`,
    run: async (signal) => {
      const { destdir } = config;
      const leftovers: Leftover[] = [];
      try {
        for await (const one of leftoversIn(destdir, { silenceMs, signal })) leftovers.push(one);
      } catch (error) {
        if (!(error instanceof PortFailure)) throw error;
        return [failed(about, error.message, hangRemedy(destdir))];
      }
      const builds = leftovers.filter((one) => one.kind === 'build');
      const tickets = [...builds, ...(await processes)].flatMap(({ ticket }) => ticket ?? []);
      return [
        ...(await buildVerdicts(builds, { config, silenceMs })),
        ...(await ticketVerdicts(
          [...new Set(tickets)].sort((one, other) => one - other),
          config.resallocConnection,
          silenceMs,
        )),
        ...metadataVerdicts(await withoutPulp(leftovers, { config, silenceMs })),
      ];
    },
  };
}

async function buildVerdicts(
  builds: readonly Extract<Leftover, { readonly kind: 'build' }>[],
  { config, silenceMs }: Pick<ExaminedHost, 'config' | 'silenceMs'>,
): Promise<readonly Verdict[]> {
  const about = 'old builds';
  if (builds.length === 0) return [ok(about, 'none is half done')];
  const frontend = createFrontendHttp({
    ...{ baseUrl: config.frontendBaseUrl, password: config.frontendAuth, timeoutMs: silenceMs },
  });
  try {
    const pending = new Set((await frontend.pendingBuilds()).map(({ taskId }) => taskId));
    return listed(builds, about, ({ directory, taskId }) =>
      pending.has(taskId)
        ? ok(about, `${taskId} is half done in ${directory}: it is built again, its logs go into prev_build_backup`)
        : warning(
            about,
            `${taskId} is half done in ${directory}, and the frontend does not list it: no worker will finish it`,
            `gzip ${directory}/*.log`,
          ),
    );
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    return [
      warning(about, `${builds.length} are half done; which of them are built again is not known`, error.message),
    ];
  }
}

async function ticketVerdicts(tickets: readonly number[], url: string, silenceMs: number): Promise<readonly Verdict[]> {
  const about = 'old tickets';
  const resalloc = createResalloc({ url, timeoutMs: silenceMs });
  try {
    const open: number[] = [];
    for (const ticket of tickets) {
      const { state } = await resalloc.collect(ticket);
      if (state !== 'closed' && state !== 'vanished') open.push(ticket);
    }
    if (open.length === 0)
      return [ok(about, 'no title of a process and no log of a half-done build names an open one')];
    return listed(open, about, (ticket) =>
      warning(
        about,
        `ticket ${ticket} is open, and keeps its builder from others`,
        `when no old process has it any more: resalloc ticket-close ${ticket}`,
      ),
    );
  } catch (error) {
    if (!(error instanceof PortFailure)) throw error;
    const names = tickets.join(', ');
    return [warning(about, `whether these are open is not known: ${names}`, `resalloc ticket-check N for each`)];
  }
}

/** Builds that a Python service published at Pulp have no metadata in the tree, and only the frontend says so. */
async function withoutPulp(
  leftovers: readonly Leftover[],
  { config, silenceMs }: Pick<ExaminedHost, 'config' | 'silenceMs'>,
): Promise<readonly Leftover[]> {
  const frontend = createFrontendHttp({
    ...{ baseUrl: config.frontendBaseUrl, password: config.frontendAuth, timeoutMs: silenceMs },
  });
  const known = new Map<string, boolean>();
  const isAtPulp = async (directory: string): Promise<boolean> => {
    const [owner = '', dirname = ''] = path.relative(config.destdir, directory).split(path.sep);
    const project = projectOfDirname(dirname);
    const key = `${owner}/${project}`;
    const isIt = known.get(key) ?? (await frontend.project(owner, project).catch(unanswered))?.store === 'pulp';
    known.set(key, isIt);
    return isIt;
  };
  const left: Leftover[] = [];
  for (const one of leftovers) if (one.kind !== 'unpublished' || !(await isAtPulp(one.directory))) left.push(one);
  return left;
}

/** Null for a question that the frontend does not answer: the leftover is shown, and a person judges it. */
function unanswered(error: unknown): null {
  if (error instanceof PortFailure) return null;
  throw error;
}

function metadataVerdicts(leftovers: readonly Leftover[]): readonly Verdict[] {
  const about = 'old metadata';
  const found = leftovers.filter((one) => one.kind !== 'build');
  if (found.length === 0)
    return [ok(about, 'every directory with builds has metadata, and no createrepo_c was killed')];
  return listed(found, about, ({ kind, directory }) =>
    kind === 'lock'
      ? warning(about, `${directory} was left by a createrepo_c that was killed`, `rm -r ${directory}`)
      : warning(about, `${directory} has builds and no metadata`, `when our workers run: copr-repo ${directory}`),
  );
}

function listed<T>(all: readonly T[], about: string, verdictOf: (one: T) => Verdict): readonly Verdict[] {
  const verdicts = all.slice(0, LISTED).map(verdictOf);
  return all.length <= LISTED ? verdicts : [...verdicts, warning(about, `and ${all.length - LISTED} more`, 'as above')];
}
