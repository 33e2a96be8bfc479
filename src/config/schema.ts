import type { z } from 'zod';
import { ANNOUNCING_OPTIONS } from './options/announcements.js';
import { BUILDER_OPTIONS } from './options/builders.js';
import { FRONTEND_OPTIONS } from './options/frontend.js';
import { LIMIT_OPTIONS } from './options/limits.js';
import { LOGGING_OPTIONS } from './options/logging.js';
import { MAINTENANCE_OPTIONS } from './options/maintenance.js';
import { OBSERVING_OPTIONS } from './options/observation.js';
import type { Option } from './options/option.js';
import { PRUNE_OPTIONS } from './options/prune.js';
import { PULP_OPTIONS } from './options/pulp.js';
import { REDIS_OPTIONS } from './options/redis.js';
import { RESULT_OPTIONS } from './options/results.js';
import { RPMETA_OPTIONS } from './options/rpmeta.js';
import { SENTRY_OPTIONS } from './options/sentry.js';
import { SIGNING_OPTIONS } from './options/signing.js';
import { STATISTICS_OPTIONS } from './options/statistics.js';
import { TEMPORAL_OPTIONS } from './options/temporal.js';

export type { Option } from './options/option.js';

/** Every key that is read, by the name it has in `Config`; this order is that of docs/configuration.md. */
export const OPTIONS = {
  ...RESULT_OPTIONS,
  ...FRONTEND_OPTIONS,
  ...BUILDER_OPTIONS,
  ...LIMIT_OPTIONS,
  ...SIGNING_OPTIONS,
  ...PRUNE_OPTIONS,
  ...MAINTENANCE_OPTIONS,
  ...TEMPORAL_OPTIONS,
  ...ANNOUNCING_OPTIONS,
  ...LOGGING_OPTIONS,
  ...REDIS_OPTIONS,
  ...OBSERVING_OPTIONS,
  ...SENTRY_OPTIONS,
  ...STATISTICS_OPTIONS,
  ...RPMETA_OPTIONS,
  ...PULP_OPTIONS,
} as const satisfies Readonly<Record<string, Option>>;

/** The configuration, typed and frozen. */
export type Config = { readonly [Name in keyof typeof OPTIONS]: z.output<(typeof OPTIONS)[Name]['value']> };
