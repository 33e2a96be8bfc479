import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { createMetrics } from '../../src/observing/metrics.js';
import type { KnownMetrics } from './promql.js';

const WORKFLOWS = fileURLToPath(new URL('../../src/workflows/', import.meta.url));
const CORE = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@temporalio/core-bridge/package.json')),
  'sdk-core/crates',
);

/** The labels that Prometheus adds to each sample of a target. */
const OF_TARGET = ['job', 'instance'];

/** Every metric of `/metrics` by its scraped name, from the code that registers it, and Prometheus' own `up`. */
export function exportedMetrics(): KnownMetrics {
  const series: readonly Series[] = [...metricsOfProcess(), ...metricsOfWorkflows(), ...metricsOfCore(), ['up', []]];
  return new Map(series.map(([name, labels]) => [name, new Set([...labels, ...OF_TARGET])]));
}

type Series = readonly [name: string, labels: readonly string[]];

/** The metrics that prom-client registers: ours, and its own about the process. */
function metricsOfProcess(): readonly Series[] {
  type Registered = { readonly name: string; readonly type: string; readonly labelNames: readonly string[] };
  const registered = createMetrics().registry.getMetricsAsArray() as unknown as readonly Registered[];
  return registered.flatMap(({ name, type, labelNames }) =>
    type === 'histogram' ? histogram(name, labelNames) : [[name, labelNames] as const],
  );
}

/** The metrics that workflows record by `metricMeter`, with the labels that they record. */
function metricsOfWorkflows(): readonly Series[] {
  const files = readdirSync(WORKFLOWS, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  return files.flatMap((file) => {
    const source = ts.createSourceFile(
      file,
      readFileSync(path.join(WORKFLOWS, file), 'utf8'),
      ts.ScriptTarget.Latest,
      true,
    );
    const names: string[] = [];
    const labels: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
        const { expression, name } = node.expression;
        const [first, second] = node.arguments;
        if (expression.getText() === 'metricMeter' && first !== undefined && ts.isStringLiteral(first))
          names.push(first.text);
        if (name.text === 'record' && second !== undefined && ts.isObjectLiteralExpression(second)) {
          labels.push(...second.properties.map((property) => property.name?.getText() ?? ''));
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return names.flatMap((name) => histogram(name, labels));
  });
}

/**
 * The metrics that the SDK's core registers, which only its source names: `createSdkMetrics` asks for `_total` and for
 * seconds. Which of its labels a metric has, a real worker shows (test/system/observing.test.ts).
 */
function metricsOfCore(): readonly Series[] {
  const source = ['common/src/telemetry/metrics.rs', 'sdk-core/src/telemetry/metrics.rs', 'client/src/metrics.rs']
    .map((file) => readFileSync(path.join(CORE, file), 'utf8').replace(/^mod tests \{[\s\S]*/m, ''))
    .join('\n');
  const constants = new Map(
    [...source.matchAll(/(?:const|static) (\w+): &str =\s*"(\w+)"/g)].map(([, name = '', text = '']) => [name, text]),
  );
  const labels = [...constants].filter(([name]) => name.startsWith('KEY_')).map(([, text]) => text);
  const instruments = source.matchAll(/(counter|histogram|gauge)\w*\(MetricParameters \{\s*name: ([\w"]+)\.into\(\)/g);
  return [...instruments].flatMap(([, kind, named = '']): readonly Series[] => {
    const name = `temporal_${constants.get(named) ?? named.replaceAll('"', '')}`;
    if (kind === 'histogram') return histogram(`${name}_seconds`, labels);
    return [[kind === 'counter' ? `${name}_total` : name, labels]];
  });
}

function histogram(name: string, labels: readonly string[]): readonly Series[] {
  return [
    [`${name}_bucket`, [...labels, 'le']],
    [`${name}_sum`, labels],
    [`${name}_count`, labels],
  ];
}
