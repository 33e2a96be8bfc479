import { workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import type { InForm } from '../contracts/inputs.js';
import { MOVING_TYPES } from '../contracts/workflows.js';
import { refuseLaterForm } from '../domain/carried-form.js';

/**
 * Every long-lived workflow refuses a state that only a later version can read, before anything of it is read. It fails
 * the workflow task, and the workflow goes on once that version is back (docs/decisions/0085). For every bundle.
 */
export function interceptors(): WorkflowInterceptors {
  return {
    inbound: [
      {
        execute(input, next): Promise<unknown> {
          const type = MOVING_TYPES.find((one) => one === workflowInfo().workflowType);
          const [given] = input.args as readonly (InForm | undefined)[];
          if (type !== undefined && given !== undefined) refuseLaterForm(type, given);
          return next(input);
        },
      },
    ],
  };
}
