import type { Client } from '@temporalio/client';
import { parseWorkflowId, workflowName } from '../../contracts/names/ids.js';
import { COPR_BUILD_ID } from '../../contracts/search-attributes.js';
import { parseTaskId } from '../../domain/build/build-directory.js';
import type { BuildsUnderWay } from '../../ports/maintenance/builds-under-way.js';
import { IS_OPEN } from './open-workflows.js';

const DEADLINE_MS = 60_000;
/** A list is asked for again when it is older than this. */
const FRESH_MS = 5000;

/** `BuildsUnderWay` from the list of open build workflows. */
export function createBuildsUnderWay(client: Client): BuildsUnderWay {
  let last: { readonly at: number; readonly ids: Promise<ReadonlySet<number>> } | null = null;
  return {
    buildIds: () => {
      if (last !== null && performance.now() - last.at < FRESH_MS) return last.ids;
      const ids = client.withDeadline(Date.now() + DEADLINE_MS, () => openBuilds(client));
      last = { at: performance.now(), ids };
      return ids;
    },
  };
}

async function openBuilds(client: Client): Promise<ReadonlySet<number>> {
  const ids = new Set<number>();
  for await (const workflow of client.workflow.list({ query: `WorkflowType = "build" AND ${IS_OPEN}` })) {
    const named = parseWorkflowId(workflowName(workflow));
    const fromName = named?.kind === 'build' ? parseTaskId(named.taskId)?.buildId : undefined;
    const attribute = workflow.typedSearchAttributes.get(COPR_BUILD_ID);
    const id = fromName ?? (attribute === undefined ? Number.NaN : Number(attribute));
    if (!Number.isNaN(id)) ids.add(id);
  }
  return ids;
}
