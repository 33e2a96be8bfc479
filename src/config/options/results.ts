import * as value from '../value-types.js';
import type { Option } from './option.js';

/** The results tree and what may land in it. */
export const RESULT_OPTIONS = {
  destdir: {
    section: 'backend',
    key: 'destdir',
    type: 'path',
    default: null,
    unit: null,
    meaning: 'Root directory of the results.',
    value: value.filePath,
  },
  resultsBaseurl: {
    section: 'backend',
    key: 'results_baseurl',
    type: 'url',
    default: 'http://copr-be',
    unit: null,
    meaning: 'URL under which the results root is served, with /results where the web server has it.',
    value: value.httpUrl,
  },
  storageName: {
    section: 'backend',
    key: 'storage_name',
    type: 'string',
    default: 'main',
    unit: null,
    meaning: 'Name of the results tree; hosts that mount the same one share it.',
    value: value.plainName,
  },
  stateDir: {
    section: 'backend',
    key: 'state_dir',
    type: 'path',
    default: '/var/lib/copr/backend',
    unit: null,
    meaning: 'Directory of work lists and of the keys of the gpg signer.',
    value: value.filePath,
  },
  resultsMaxBytes: {
    section: 'backend',
    key: 'results_max_bytes',
    type: 'bytes',
    default: '64 GiB',
    unit: null,
    meaning: 'Largest sum of results that is fetched from a builder for one build.',
    value: value.bytes,
  },
  logMaxBytes: {
    section: 'backend',
    key: 'log_max_bytes',
    type: 'bytes',
    default: '1 GiB',
    unit: null,
    meaning: 'Longest live log that is kept of one build.',
    value: value.bytes,
  },
  generationGraceHours: {
    section: 'backend',
    key: 'generation_grace_hours',
    type: 'int',
    default: '24',
    unit: 'h',
    meaning: 'How long superseded repository metadata stays readable.',
    value: value.integer(0),
  },
} as const satisfies Readonly<Record<string, Option>>;
