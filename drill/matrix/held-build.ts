import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildWorkflowId, repositoryWorkflowId, projectWorkflowId } from '../../src/contracts/names/ids.js';
import { pendingActivities } from '../../src/starters/pending-activities.js';
import type { BuildView, PoolTicket } from '../../test/support/installation.js';
import type { StagedPackage } from '../../test/support/staged-package.js';
import { CHROOT, type Rig } from './rig.js';

const OWNER = 'drill';

/** One build of the drill, in its own project, so that everything that belongs to it can be recognised by its name. */
export class HeldBuild {
  readonly owner = OWNER;
  readonly project: string;
  readonly staged: StagedPackage;
  readonly #rig: Rig;
  #id: number | null = null;

  constructor(rig: Rig, project: string, staged: StagedPackage) {
    this.#rig = rig;
    this.project = project;
    this.staged = staged;
  }

  async submit(): Promise<void> {
    this.#id = await this.#rig.people.submit(this.staged.directory, { owner: this.owner, project: this.project });
  }

  get id(): number {
    if (this.#id === null) throw new Error(`${this.project} was not submitted yet`);
    return this.#id;
  }

  /** The RPM build's task id; matches nothing before it was submitted. */
  get task(): string {
    return this.#id === null ? 'not submitted' : `${this.#id}-${CHROOT}`;
  }

  get directory(): string {
    return join(this.#rig.installation.results, this.owner, this.project);
  }

  view(): Promise<BuildView> {
    return this.#rig.installation.build(this.id);
  }

  /** Tickets taken for its RPM build, oldest first. */
  tickets(): readonly PoolTicket[] {
    const { tags, sandbox } = { tags: 'arch_noarch', sandbox: `${this.owner}/${this.project}--` };
    return this.#rig.installation
      .tickets()
      .filter((ticket) => ticket.sandbox?.startsWith(sandbox) === true && !ticket.tags.includes(tags));
  }

  /** True if a ticket is open: any of its source build, and those with a sandbox of its RPM build. */
  hasOpenTicket(): boolean {
    const sandbox = `${this.owner}/${this.project}--`;
    return this.#rig.installation
      .tickets()
      .some((ticket) => ticket.sandbox?.startsWith(sandbox) === true && ticket.state === 'open');
  }

  /** The current content of the live log; empty if there is none. */
  async liveLog(): Promise<string> {
    const chroot = join(this.directory, CHROOT);
    const names = existsSync(chroot) ? await readdir(chroot) : [];
    const name = names.find((candidate) => candidate.startsWith(String(this.id).padStart(8, '0')));
    const file = join(chroot, name ?? 'not-there-yet', 'builder-live.log');
    return existsSync(file) ? readFile(file, 'latin1') : '';
  }

  /** True if both workflows have ended. */
  async hasEnded(): Promise<boolean> {
    const [source, rpm] = await Promise.all([this.#isClosed(String(this.id)), this.#isClosed(this.task)]);
    return source && rpm;
  }

  /** True if it has ended or cannot continue: something it waits for has failed at least once. */
  async isStuckOrOver(): Promise<boolean> {
    if (await this.hasEnded()) return true;
    const { owner, project } = this;
    const waitedFor = [
      buildWorkflowId(String(this.id)),
      buildWorkflowId(this.task),
      repositoryWorkflowId({ owner, dirname: project, chroot: CHROOT }),
      projectWorkflowId({ owner, project }),
    ];
    for (const id of waitedFor) {
      if (
        (await this.#pending(id)).some(
          ({ attempt, lastFailure, isHandedOn }) => attempt > 1 && (lastFailure !== null || isHandedOn),
        )
      )
        return true;
    }
    return false;
  }

  /** Where it is, for people who want to know why it is not where it should be. */
  async whereabouts(): Promise<string> {
    const { sourceState, chrootStates } = await this.view();
    const activities = (await this.pending()).map(
      ({ activity, attempt, lastFailure }) =>
        `${activity} (attempt ${attempt}, ${lastFailure?.message ?? 'no failure'})`,
    );
    return `source ${sourceState}, RPM ${chrootStates[CHROOT] ?? 'none'}, ${activities.join(', ') || 'nothing pending'}`;
  }

  /** Activities under way or between attempts. */
  pending(): Promise<ReturnType<typeof pendingActivities>> {
    return this.#pending(buildWorkflowId(this.task));
  }

  async #pending(workflowId: string): Promise<ReturnType<typeof pendingActivities>> {
    try {
      return pendingActivities(await this.#rig.client.workflow.getHandle(workflowId).describe());
    } catch {
      return []; // not there, or the server is not
    }
  }

  async #isClosed(task: string): Promise<boolean> {
    try {
      const { status } = await this.#rig.client.workflow.getHandle(buildWorkflowId(task)).describe();
      return status.name !== 'RUNNING';
    } catch {
      return false;
    }
  }
}
