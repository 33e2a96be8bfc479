import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { markdownTable } from './markdown-table.js';

const FILE = fileURLToPath(new URL('../../observability/alerts.yml', import.meta.url));
const DURATION = /^\d+[mh]$/;
const WORDS = { m: 'min', h: 'h' } as const;

const AlertRule = z.strictObject({
  alert: z.string().regex(/^Copr[A-Z]\w+$/),
  expr: z.string(),
  for: z.string().regex(DURATION).optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({
    /** The fault, without values: also for the table. */
    summary: z.string().regex(/^[^{}]+$/),
    description: z.string(),
    /** The step to take, without values: also for the table. */
    action: z.string().regex(/^[^{}]+$/),
    /** A section of a page, from the root of the repository. */
    runbook: z.string().regex(/^docs\/[\w-]+\.md#[\w-]+$/),
  }),
});
export type AlertRule = z.infer<typeof AlertRule>;

const AlertFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(AlertRule).min(1) })).min(1),
});

/** The rules of observability/alerts.yml, in order. Throws for a file that does not say all that an operator needs. */
export function alertRules(): readonly AlertRule[] {
  return AlertFile.parse(parse(readFileSync(FILE, 'utf8'))).groups.flatMap(({ rules }) => rules);
}

/** Every alert with when it fires and what to do, for a page of docs/. */
export function alertTable(): string {
  const rows = alertRules().map(({ alert, for: lasts, labels, annotations: { summary, action, runbook } }) => [
    `[\`${alert}\`](${runbook.replace(/^docs\/(operations\.md(?=#))?/, '')})`,
    labels.severity,
    summary,
    lasts === undefined ? 'at once' : inWords(lasts),
    action,
  ]);
  return markdownTable(['alert', 'severity', 'what is wrong', 'fires after', 'what to do'], rows);
}

function inWords(duration: string): string {
  return `${duration.slice(0, -1)} ${WORDS[duration.slice(-1) as keyof typeof WORDS]}`;
}
