import { ACTION_TYPE } from '../../playground/frontend/actions.js';
import { planAction } from '../../src/activities/action/plans/plan-action.js';
import type { ActionRecord } from '../../src/adapters/frontend-http/actions/action-record.js';
import { requestedAction } from '../../src/adapters/frontend-http/actions/requested-action.js';
import type { ActionPlan } from '../../src/contracts/action/action.js';
import { PortFailure } from '../../src/ports/port-failure.js';

const NUMBERS = { ...ACTION_TYPE, legalFlag: 2, updateModule: 8, cancelBuild: 10 } as const;
export type RecordType = keyof typeof NUMBERS;

/** An action's record as the frontend sends it, after its JSON is read. */
export function actionRecord(type: RecordType, data: unknown, more: Partial<ActionRecord> = {}): ActionRecord {
  const row = { objectType: null, objectId: null, oldValue: null, newValue: null };
  return { id: 50, typeNumber: NUMBERS[type], ...row, data, ...more };
}

/** The whole plan of a record, before anything is looked up; a record that does not fit is refused. */
export function planOf(record: ActionRecord, doSign = true): ActionPlan {
  try {
    return planAction(requestedAction(record), doSign);
  } catch (error) {
    if (!(error instanceof PortFailure) || error.retryable) throw error;
    return { type: 'refused', failure: { code: error.code, message: error.message } };
  }
}
