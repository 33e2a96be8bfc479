import * as value from '../value-types.js';
import type { Option } from './option.js';

/** Where the backend can be watched. */
export const OBSERVING_OPTIONS = {
  httpListen: {
    section: 'backend',
    key: 'http_listen',
    type: 'listen',
    default: '127.0.0.1:5099',
    unit: null,
    meaning:
      'Where a poller or all answers /metrics, /queue and /readyz; build takes the next port, storage the one after that, action the third. Empty: nothing listens.',
    value: value.optional(value.listenAddress),
  },
  otlpEndpoint: {
    section: 'backend',
    key: 'otlp_endpoint',
    type: 'url',
    default: '',
    unit: null,
    meaning:
      'OpenTelemetry collector (OTLP over HTTP) that gets a trace of each build, as http://localhost:4318. Empty: none.',
    value: value.optional(value.collectorUrl),
  },
} as const satisfies Readonly<Record<string, Option>>;
