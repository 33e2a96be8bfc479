import type { Client } from '@temporalio/client';
import { parseWorkflowId, workflowName } from '../../contracts/names/ids.js';
import { COPR_OWNER } from '../../contracts/search-attributes.js';
import { parseTaskId } from '../../domain/build/build-directory.js';
import type { ChrootWork } from '../../ports/maintenance/chroot-work.js';
import { IS_OPEN } from './open-workflows.js';

const DEADLINE_MS = 60_000;
const TYPES =
  '(WorkflowType = "build" OR WorkflowType = "repository" OR WorkflowType = "action" OR WorkflowType = "resign")';

/**
 * `ChrootWork` from the list of open workflows. A build's project is known only once it runs, so that a build counts for
 * all projects of its owner; an action may be about anything of its owner.
 */
export function createChrootWork(client: Client): ChrootWork {
  return {
    look: () =>
      client.withDeadline(Date.now() + DEADLINE_MS, async () => {
        const builds: { readonly id: string; readonly owner: string | undefined; readonly chroot: string | null }[] =
          [];
        const repositories = new Map<string, string>();
        for await (const workflow of client.workflow.list({ query: `${TYPES} AND ${IS_OPEN}` })) {
          const named = parseWorkflowId(workflowName(workflow));
          const id = workflow.workflowId;
          if (named?.kind === 'repository') repositories.set(keyOf(named.repository), id);
          else {
            const chroot = named?.kind === 'build' ? (parseTaskId(named.taskId)?.chroot ?? null) : null;
            builds.push({ id, owner: workflow.typedSearchAttributes.get(COPR_OWNER), chroot });
          }
        }
        return ({ owner, dirname, chroots }) => {
          for (const chroot of chroots) {
            const repository = repositories.get(keyOf({ owner, dirname, chroot }));
            if (repository !== undefined) return repository;
          }
          const concerned = builds.find(
            (build) =>
              (build.owner === undefined || build.owner === owner) &&
              (build.chroot === null || chroots.includes(build.chroot)),
          );
          return concerned?.id ?? null;
        };
      }),
  };
}

function keyOf({
  owner,
  dirname,
  chroot,
}: {
  readonly owner: string;
  readonly dirname: string;
  readonly chroot: string;
}): string {
  return `${owner}/${dirname}/${chroot}`;
}
