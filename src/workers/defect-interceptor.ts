import type { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { FailureCode } from '../contracts/failures/failure-codes.js';
import type { DefectReports } from '../ports/defect-reports.js';

const DEFECT: FailureCode = 'BackendDefect';

/** Reports activities that failed with an error nobody foresaw. */
export function defectInterceptor(
  reports: DefectReports,
): (context: Pick<Context, 'info'>) => Pick<ActivityInterceptors, 'inbound'> {
  return ({ info }) => ({
    inbound: {
      execute: async (input, next) => {
        try {
          return await next(input);
        } catch (error) {
          if (error instanceof ApplicationFailure && error.type === DEFECT)
            reports.report(error.cause ?? error, {
              activity: info.activityType,
              ...(info.workflowExecution === undefined ? {} : { workflow: info.workflowExecution.workflowId }),
            });
          throw error;
        }
      },
    },
  });
}
