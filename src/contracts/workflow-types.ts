/** Types of workflows that go on for as long as there is work, or for ever: one that stops holds up everybody. */
export const LONG_LIVED_TYPES = [
  'actionDispatcher',
  'buildDispatcher',
  'emptyTrash',
  'project',
  'pruneResults',
  'repository',
  'resign',
] as const;

/** Every registered workflow type; a test compares them with the bundle. */
export const WORKFLOW_TYPES = [...LONG_LIVED_TYPES, 'action', 'build', 'repositoryRequest'] as const;

export type WorkflowType = (typeof WORKFLOW_TYPES)[number];
