import { continueAsNew, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { EmptyTrashInput } from '../contracts/inputs.js';
import { failureFact } from './failure-facts.js';
import { activitiesFor } from './proxies.js';

const MAX_HISTORY = 1000;
/** Files one activity removes. */
const SLICE = 50_000;

/** Looks into the trash of a results tree again and again, and removes what is due. Never ends by itself. */
export async function emptyTrash(input: EmptyTrashInput): Promise<void> {
  const activities = activitiesFor(input);
  while (workflowInfo().historyLength < (input.eventLimit ?? MAX_HISTORY)) {
    try {
      let removed = 0;
      for (let done = false; !done && workflowInfo().historyLength < MAX_HISTORY;) {
        const slice = await activities.emptyTrash({ atMost: SLICE });
        removed += slice.removed;
        done = slice.done;
        setCurrentDetails(`**removed in the last round**: ${removed} files, ${done ? 'done' : 'going on'}`);
      }
    } catch (error) {
      // A defect shall not leave the trash for ever.
      const { code, message } = failureFact(error);
      if (code === 'Canceled') throw error;
      setCurrentDetails(`**last failure**: ${code}: ${message}`);
    }
    await sleep(input.pause * 1000);
  }
  await continueAsNew<typeof emptyTrash>(input);
}
