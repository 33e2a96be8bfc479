import type { Durations } from '../contracts/durations.js';
import type { Limits } from '../contracts/dispatch.js';
import type { BuilderPool } from '../ports/builder-pool.js';
import type { FileSync } from '../ports/file-sync.js';
import type { Frontend } from '../ports/frontend.js';
import type { RemoteShell } from '../ports/remote-shell.js';
import type { RepositoryIndexer } from '../ports/repository-indexer.js';
import type { ResultTree } from '../ports/result-tree.js';
import type { Signer } from '../ports/signer.js';
import type { WorkflowMessages } from '../ports/workflow-messages.js';
import type { CommandWriter } from './builder-commands.js';

/** Settings the activities live by; the part of the configuration that is theirs. */
export type ActivitySettings = {
  readonly frontendBaseUrl: string;
  readonly resultsBaseurl: string;
  readonly storage: string;
  readonly doSign: boolean;
  readonly gentlyGpgSha256: boolean;
  /** Seconds, for tasks that bring none. */
  readonly buildTimeout: number;
  readonly resultsMaxBytes: number;
  /** Seconds between two looks at the frontend. */
  readonly sleeptime: number;
  readonly buildLimits: Limits;
  readonly actionLimits: Limits;
  readonly durations: Durations;
};

/** Constant text with fields; a logger is handed in, never imported. */
export type ActivityLog = {
  readonly info: (fields: object, text: string) => void;
  readonly warn: (fields: object, text: string) => void;
};

/** Everything the activities need of the outside; made in the worker's composition root. */
export type ActivityDependencies = {
  readonly settings: ActivitySettings;
  readonly frontend: Frontend;
  readonly pool: BuilderPool;
  readonly shell: RemoteShell;
  readonly sync: FileSync;
  readonly tree: ResultTree;
  readonly signer: Signer;
  readonly indexer: RepositoryIndexer;
  readonly messages: WorkflowMessages;
  /** Quotes words for a remote shell. */
  readonly command: CommandWriter;
  readonly log: ActivityLog;
};
