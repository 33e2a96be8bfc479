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
    meaning: 'Directory of your own template of the page of charts; none: the template of this package.',
    value: value.optional(value.filePath),
  },
} as const satisfies Readonly<Record<string, Option>>;
