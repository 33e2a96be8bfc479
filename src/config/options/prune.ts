import * as value from '../value-types.js';
import type { Option } from './option.js';

/** The keys that decide which packages are pruned and when, and how many of them without confirmation. */
export const PRUNE_OPTIONS = {
  pruneDays: {
    section: 'backend',
    key: 'prune_days',
    type: 'int',
    default: '14',
    unit: 'days',
    meaning: 'Age from which superseded packages, empty build directories and source builds are pruned.',
    value: value.integer(0),
  },
  pruneAt: {
    section: 'backend',
    key: 'prune_at',
    type: 'time',
    default: '',
    unit: 'UTC',
    meaning:
      'Time of day at which results are pruned, or off; without it 04:00 if prune_days is set, otherwise off. Read when a poller starts.',
    value: value.optional(value.timeOfDayOrOff),
  },
  pruneWorkers: {
    section: 'backend',
    key: 'prune_workers',
    type: 'int',
    default: '',
    unit: 'directories',
    meaning: 'Directories that are pruned at the same time; without it one per processor, 200 at most.',
    value: value.optional(value.integer(1, 200)),
  },
  pruneMaxShare: {
    section: 'backend',
    key: 'prune_max_share',
    type: 'int',
    default: '75',
    unit: '%',
    meaning: 'Largest share of the packages of a project that is pruned without --force, where more than 100 would go.',
    value: value.integer(0, 100),
  },
  pruneMaxTotal: {
    section: 'backend',
    key: 'prune_max_total',
    type: 'int',
    default: '200000',
    unit: null,
    meaning: 'Most packages and directories that one run prunes without --force.',
    value: value.integer(0),
  },
} as const satisfies Readonly<Record<string, Option>>;
