import type { Hold } from '../../test/support/hold.js';
import { STEP_LINES, STEPS, type Step } from '../../test/support/staged-package.js';
import type { HeldBuild } from './held-build.js';
import { CHROOT, type Rig } from './rig.js';

/** A boundary of a build at which it can be held from outside. */
export type Stage = {
  readonly name: string;
  /** For people: where the build is. */
  readonly title: string;
  /** It has a builder that works for it and can be lost. */
  readonly hasBuilder: boolean;
  /**
   * 1: can be held for any time. 2: only until the caller loses patience, so it is brought there late. 3: takes one of
   * the few places for createrepo_c, so it comes last.
   */
  readonly wave?: 2 | 3;
  /** Called before the build is submitted. */
  readonly hold: (rig: Rig, build: HeldBuild) => Hold | Promise<Hold>;
};

const RPM_STATUS = { running: 3, succeeded: 1 } as const;

/** In the order of a build. */
export const STAGES: readonly Stage[] = [
  {
    name: 'fetching',
    title: 'reading its task from the frontend',
    hasBuilder: false,
    hold: ({ frontend }, build) => frontend.hold('before', ({ route }) => route === `get-build-task/${build.task}`),
  },
  {
    name: 'starting',
    title: 'announced as starting, the answer under way',
    hasBuilder: false,
    hold: ({ frontend }, build) => frontend.hold('after', ({ route }) => route === `starting_build/${build.task}`),
  },
  {
    name: 'prerequisites',
    title: 'waiting for the base repository',
    hasBuilder: false,
    hold: ({ programs }, build) => programs.hold('createrepo_c', `${placeOf(build)}/.staging/repodata=${CHROOT}=`),
  },
  {
    name: 'ticket',
    title: 'asking for a ticket',
    hasBuilder: false,
    hold: ({ resalloc }, build) =>
      resalloc.hold('before', ({ body }) => {
        const isOurs = body.includes(`${placeOf(build)}--`) && !body.includes('arch_noarch');
        return body.includes('takeTicket') && isOurs;
      }),
  },
  {
    name: 'waiting',
    title: 'waiting with a ticket',
    hasBuilder: true,
    hold: ({ resalloc }, build) => resalloc.hold('before', ({ body }) => isAboutTicket(body, 'collectTicket', build)),
  },
  {
    name: 'checked',
    title: 'builder checked, about to be reported as running',
    hasBuilder: true,
    hold: ({ frontend }, build) =>
      frontend.hold('before', ({ route }) => route === `update/${build.task}/${RPM_STATUS.running}`),
  },
  {
    name: 'started',
    title: 'copr-rpmbuild started, Temporal not told yet',
    hasBuilder: true,
    hold: ({ temporal }, build) =>
      temporal.hold(
        ({ method, body }) =>
          method === 'RespondActivityTaskCompleted' &&
          body.includes(`build/${build.task}`) &&
          body.includes('startRemoteBuild'),
      ),
  },
  ...STEPS.map((step): Stage => logStage(step)),
  {
    name: 'downloading',
    title: 'downloading the results',
    hasBuilder: true,
    hold: ({ programs }, build) => programs.hold('rsync', `${placeOf(build)}/.staging/${CHROOT}=`),
  },
  {
    name: 'releasing',
    wave: 2,
    title: 'ticket closed, the answer under way',
    hasBuilder: true,
    hold: ({ resalloc }, build) => resalloc.hold('after', ({ body }) => isAboutTicket(body, 'closeTicket', build)),
  },
  {
    name: 'signing',
    title: 'signing',
    hasBuilder: false,
    hold: ({ programs }, build) => programs.hold('rpmsign', `${placeOf(build)}/.staging/${CHROOT}=`),
  },
  {
    name: 'installing',
    wave: 2,
    title: 'results moved in, the repository not asked yet',
    hasBuilder: false,
    hold: ({ temporal }, build) =>
      temporal.hold(
        ({ method, body }) =>
          method === 'SignalWithStartWorkflowExecution' &&
          body.includes(`build/${build.task}`) &&
          body.includes('/publish'),
      ),
  },
  {
    name: 'publishing',
    wave: 3,
    title: 'createrepo_c running for its packages',
    hasBuilder: false,
    hold: ({ programs }, build) =>
      programs.hold('createrepo_c', `${placeOf(build)}/.staging/repodata=${CHROOT}=`, { withPackages: true }),
  },
  {
    name: 'finishing',
    title: 'logs compressed, about to be reported',
    hasBuilder: false,
    hold: ({ frontend }, build) =>
      frontend.hold('before', ({ route }) => route === `update/${build.task}/${RPM_STATUS.succeeded}`),
  },
  {
    name: 'reporting',
    wave: 2,
    title: 'reported, the answer under way',
    hasBuilder: false,
    hold: ({ frontend }, build) =>
      frontend.hold('after', ({ route }) => route === `update/${build.task}/${RPM_STATUS.succeeded}`),
  },
];

function logStage(step: Step): Stage {
  const where = { start: 'its beginning', middle: 'its middle, lines coming in', end: 'its last line' }[step];
  return {
    name: `log-${step}`,
    title: `following the log, at ${where}`,
    hasBuilder: true,
    hold: (_rig, build) => {
      let reached = false;
      const look = setInterval(() => {
        void build.liveLog().then(
          (log) => (reached ||= log.includes(STEP_LINES[step])),
          () => undefined, // not submitted yet, or just being moved
        );
      }, 100);
      return {
        isReached: () => reached,
        release: async () => {
          clearInterval(look);
          await build.staged.letGo(...STEPS);
        },
      };
    },
  };
}

/** Steps of the package at which a stage does not wait. */
export function stepsToSkip(stage: Stage | null): readonly Step[] {
  return STEPS.filter((step) => stage?.name !== `log-${step}`);
}

function placeOf(build: HeldBuild): string {
  return `${build.owner}/${build.project}`;
}

function isAboutTicket(body: string, method: string, build: HeldBuild): boolean {
  if (!body.includes(method)) return false;
  const id = /<(?:int|i4)>(\d+)<\//.exec(body)?.[1];
  return build.tickets().some((ticket) => String(ticket.id) === id);
}
