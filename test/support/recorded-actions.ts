import { readFileSync } from 'node:fs';

/** An action's row as sent by a real frontend; `data` is JSON text. */
export type RecordedAction = {
  readonly id: number;
  readonly action_type: number;
  readonly object_type: string | null;
  readonly object_id: number | null;
  readonly old_value: string | null;
  readonly new_value: string | null;
  readonly priority: number;
  readonly data: string;
  readonly copr_id: number;
};

/** Every recorded action, in the order of their numbers. */
export function recordedActions(): readonly RecordedAction[] {
  return readFileSync(new URL('../fixtures/frontend/actions.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedAction);
}

/** The recorded action with this number. */
export function recordedAction(id: number): RecordedAction {
  const found = recordedActions().find((action) => action.id === id);
  if (found === undefined) throw new Error(`no action ${id} was recorded`);
  return found;
}
