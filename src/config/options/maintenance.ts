import { CHECKS, MODES } from '../../domain/maintenance/reconciliation.js';
import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Periodic care of the host and the results. */
export const MAINTENANCE_OPTIONS = {
  reconcile: {
    section: 'backend',
    key: 'reconcile',
    type: 'limits',
    default: '',
    unit: null,
    meaning: `How the reconciler treats findings: check=mode, with the checks ${CHECKS.join(', ')} and the modes ${MODES.join(', ')}. Others only propose.`,
    value: value.choices(CHECKS, MODES),
  },
  reconcileMaxFixes: {
    section: 'backend',
    key: 'reconcile_max_fixes',
    type: 'int',
    default: '20',
    unit: null,
    meaning: 'Most findings of one check that a round of the reconciler fixes.',
    value: value.integer(0),
  },
  hitCounterLog: {
    section: 'backend',
    key: 'hit_counter_log',
    type: 'path',
    default: '',
    unit: null,
    meaning:
      'Access log of lighttpd or nginx on the hosts of the results, readable for copr; a daily job counts its downloads.',
    value: value.optional(value.filePath),
  },
} as const satisfies Readonly<Record<string, Option>>;
