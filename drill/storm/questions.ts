import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { IS_OPEN } from '../../src/adapters/temporal/open-workflows.js';
import type { AdmissionStatus } from '../../src/contracts/dispatch/dispatch.js';
import type { StormLimits } from './size.js';

/** A query may wait for a killed worker until the next one has come. */
const PATIENCE_MS = 20_000;
/** Queries of people and of the product, by type. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  build: ['status'],
  action: ['status'],
  repositoryRequest: ['status'],
  resign: ['status'],
  pruneResults: ['status'],
  buildDispatcher: ['admission', 'dispatchView'],
  actionDispatcher: ['admission', 'dispatchView'],
  repository: ['changes'],
  project: ['locks'],
};
/** Queries that the Web UI sends to anything that runs. */
const COMMON = ['__temporal_workflow_metadata', '__stack_trace'] as const;
const MAX_AT_ONCE = 200;

export type OpenWorkflow = { readonly workflowId: string; readonly runId: string; readonly type: string };
/** Limits by which the dispatcher of builds said that it admits, and when it was asked (ms since 1970). */
export type LimitAnswer = { readonly at: number; readonly limits: StormLimits };

/** Running workflows according to the server's list. */
export async function openWorkflows(client: Client): Promise<readonly OpenWorkflow[]> {
  return client.withDeadline(Date.now() + 10_000, async () => {
    const open: OpenWorkflow[] = [];
    for await (const { workflowId, runId, type } of client.workflow.list({ query: IS_OPEN }))
      open.push({ workflowId, runId, type });
    return open;
  });
}

/** Sends all possible queries to running workflows, and counts. */
export class Questions {
  readonly answered = new Map<string, number>();
  readonly limitAnswers: LimitAnswer[] = [];
  /** Why queries were not answered, and how often. */
  readonly silences = new Map<string, number>();
  readonly #client: Client;
  #open: readonly OpenWorkflow[] = [];
  #underWay = 0;
  #round = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Number of answered queries. */
  get count(): number {
    return [...this.answered.values()].reduce((sum, one) => sum + one, 0);
  }

  async refresh(): Promise<readonly OpenWorkflow[]> {
    this.#open = await openWorkflows(this.#client);
    return this.#open;
  }

  /** One query of each kind, to another workflow of the type each time. Waits for nothing. */
  askRound(): void {
    this.#round += 1;
    const of = (type: string): OpenWorkflow | undefined => {
      const all = this.#open.filter((one) => one.type === type);
      return all[this.#round % Math.max(1, all.length)];
    };
    for (const [type, queries] of Object.entries(OWN)) {
      const one = of(type);
      if (one !== undefined) for (const query of queries) this.#ask(one, query);
    }
    for (const query of COMMON) {
      const any = this.#open[this.#round % Math.max(1, this.#open.length)];
      if (any !== undefined) this.#ask(any, query);
    }
  }

  /** Queries all long-lived workflows at once, each with its own query and the Web UI's. */
  askLongLived(): void {
    const longLived = this.#open.filter(({ type }) => type !== 'build' && type !== 'action');
    for (const one of longLived) {
      for (const query of OWN[one.type] ?? []) this.#ask(one, query);
      this.#ask(one, COMMON[0]);
    }
  }

  /** Resolves when no query is under way: a client must not be closed before. */
  async silence(): Promise<void> {
    while (this.#underWay > 0) await sleep(50);
  }

  #ask(workflow: OpenWorkflow, query: string): void {
    if (this.#underWay >= MAX_AT_ONCE) return;
    this.#underWay += 1;
    const at = Date.now();
    const handle = this.#client.workflow.getHandle(workflow.workflowId);
    void this.#client
      .withDeadline(at + PATIENCE_MS, () => handle.query<unknown>(query))
      .then(
        (answer) => {
          const kind = `${workflow.type} ${query}`;
          this.answered.set(kind, (this.answered.get(kind) ?? 0) + 1);
          if (workflow.type === 'buildDispatcher' && query === 'admission')
            this.limitAnswers.push({ at, limits: limitsOf(answer as AdmissionStatus) });
        },
        (error: unknown) => {
          const why = `${workflow.type} ${query}: ${reasonOf(error)}`;
          this.silences.set(why, (this.silences.get(why) ?? 0) + 1);
        },
      )
      .finally(() => (this.#underWay -= 1));
  }
}

function limitsOf({ limits }: AdmissionStatus): StormLimits {
  const none = Number.POSITIVE_INFINITY;
  return { workers: limits.maxWorkers, owner: limits.owner ?? none, sandbox: limits.sandbox ?? none };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  // With its times and addresses each cause would be unique.
  return (cause.split(/ after | \(|[:\n]/)[0] ?? '').slice(0, 120);
}
