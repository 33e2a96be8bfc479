import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Statistics of the results tree. */
export const STATISTICS_OPTIONS = {
  statsDir: {
    section: 'backend',
    key: 'statsdir',
    type: 'path',
    default: '/var/lib/copr/public_html/stats',
    unit: null,
    meaning: 'Directory of the samples and charts of the results tree; the web server serves it.',
    value: value.filePath,
  },
  statsTemplatesDir: {
    section: 'backend',
    key: 'stats_templates_dir',
    type: 'path',
    default: '',
    unit: null,
    meaning:
      'Directory of the page templates of the Python service; they are not read, and a worker says so when it starts.',
    caution: {
      severity: 'warning',
      message: 'is not read: the charts are one page without templates',
      remedy: 'make pages of your own from the samples in statsdir/samples, and remove the key',
      applies: (directory) => directory !== null,
    },
    value: value.optional(value.filePath),
  },
} as const satisfies Readonly<Record<string, Option>>;
