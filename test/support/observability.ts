import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { alertRules } from '../../scripts/tables/alerts.js';

const Target = z.object({ expr: z.string(), legendFormat: z.string(), datasource: z.unknown().optional() });
const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ h: z.number(), w: z.number(), x: z.number(), y: z.number() }),
  datasource: z.unknown().optional(),
  targets: z.array(Target).default([]),
});
const Variable = z.object({
  name: z.string(),
  type: z.string(),
  query: z.union([z.string(), z.object({ query: z.string() })]),
});
const Dashboard = z.object({
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(Variable) }),
  panels: z.array(Panel),
});
export type Dashboard = z.infer<typeof Dashboard>;

/** observability/grafana-dashboard.json, as far as its queries and places go. */
export function readDashboard(): Dashboard {
  const file = fileURLToPath(new URL('../../observability/grafana-dashboard.json', import.meta.url));
  return Dashboard.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** One query, with the texts that show labels of its result. */
export type ShownQuery = { readonly where: string; readonly query: string; readonly labelsShown: readonly string[] };

/** Every query of the alerts and of the dashboard, as Prometheus gets it. */
export function shownQueries(): readonly ShownQuery[] {
  const { panels, templating } = readDashboard();
  return [
    ...alertRules().map(({ alert, expr, annotations }) => ({
      where: alert,
      query: expr,
      labelsShown: namesIn(Object.values(annotations).join(' '), /\$labels\.(\w+)/g),
    })),
    ...panels.flatMap(({ title, targets }) =>
      targets.map(({ expr, legendFormat }) => ({
        where: title,
        query: expr.replaceAll('$__rate_interval', '5m'),
        labelsShown: namesIn(legendFormat, /\{\{(\w+)\}\}/g),
      })),
    ),
    ...templating.list.flatMap(({ name, query }) => {
      if (typeof query === 'string') return [];
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query.query) ?? [];
      return [{ where: `$${name}`, query: selector, labelsShown: [label] }];
    }),
  ];
}

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}
