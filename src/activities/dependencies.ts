import type { BuildStorage } from '../ports/build-storage.js';
import type { Durations } from '../contracts/durations.js';
import type { Admission } from '../domain/dispatch/dispatch-limits.js';
import type { AdmissionTrace } from '../ports/dispatch/admission-trace.js';
import type { ActionWork } from '../ports/action/action-work.js';
import type { BuilderPool } from '../ports/build/builder-pool.js';
import type { DurationForecast } from '../ports/build/duration-forecast.js';
import type { ContentNetwork } from '../ports/repository/content-network.js';
import type { FileSync } from '../ports/build/file-sync.js';
import type { Frontend } from '../ports/frontend.js';
import type { HostMemory } from '../ports/build/host-memory.js';
import type { MessageBus } from '../ports/announce/message-bus.js';
import type { Observer } from '../ports/observer.js';
import type { RemoteShell } from '../ports/build/remote-shell.js';
import type { PackageStores } from '../ports/package-store.js';
import type { PlanFiles } from '../ports/plan-files.js';
import type { PrunableTree } from '../ports/prune/prunable-tree.js';
import type { PrunePlans } from '../ports/prune/prune-plans.js';
import type { ProjectTree } from '../ports/project/project-tree.js';
import type { StorageMove } from '../ports/project/storage-move.js';
import type { DigestAnswer, Signer } from '../ports/signing/signer.js';
import type { TaskStarter } from '../ports/dispatch/task-starter.js';
import type { Trash } from '../ports/project/trash.js';
import type { WorkflowMessages } from '../ports/workflow-messages.js';
import type { CommandWriter } from './build/builder-commands.js';
import type { Jobs } from './maintenance/jobs.js';

/** This process as one of the pollers. */
export type PollerIdentity = {
  readonly name: string;
  /** True if the poller of that name is known to be over; false if that cannot be known. */
  readonly isGone: (name: string) => boolean;
};

/** The part of the configuration that activities use. */
export type ActivitySettings = {
  readonly frontendBaseUrl: string;
  readonly resultsBaseurl: string;
  readonly storage: string;
  readonly doSign: boolean;
  readonly gentlyGpgSha256: boolean;
  /** Not accepted: sha256 is used for this package alone. Accepted: the file decides, whatever this host's rpm says. */
  readonly sha1: DigestAnswer;
  /** Seconds, for tasks that state no time-out. */
  readonly buildTimeout: number;
  readonly resultsMaxBytes: number;
  /** Values that may change while a worker runs: limits, and the seconds between two polls of the frontend. */
  readonly admission: () => Admission;
  readonly durations: Durations;
};

/** Constant text with fields; a logger is passed in, never imported. */
export type ActivityLog = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** Everything that activities need from outside; made in the worker's composition root. */
export type ActivityDependencies = Omit<BuildStorage, 'packageCopies'> & {
  readonly stores: PackageStores;
  readonly storageMove: StorageMove;
  readonly settings: ActivitySettings;
  readonly frontend: Frontend;
  readonly trace: AdmissionTrace;
  readonly pool: BuilderPool;
  readonly hosts: HostMemory;
  readonly shell: RemoteShell;
  /** The same as root, for builds that their user may visit. */
  readonly rootShell: RemoteShell;
  readonly sync: FileSync;
  readonly signer: Signer;
  readonly plans: PlanFiles;
  readonly prunable: PrunableTree;
  readonly prunePlans: PrunePlans;
  readonly work: ActionWork;
  readonly projects: ProjectTree;
  readonly trash: Trash;
  readonly messages: WorkflowMessages;
  readonly starter: TaskStarter;
  readonly poller: PollerIdentity;
  readonly bus: MessageBus;
  readonly contentNetwork: ContentNetwork;
  readonly forecast: DurationForecast;
  readonly observer: Observer;
  readonly jobs: Jobs;
  /** Quotes words for a remote shell. */
  readonly command: CommandWriter;
  readonly log: ActivityLog;
};
