import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { alertRules } from '../../../scripts/tables/alerts.js';
import { FAILURES } from '../../../src/contracts/failures/failure-codes.js';
import { WORKFLOW_TYPES } from '../../../src/contracts/workflows.js';
import { OUTSIDE_SYSTEMS } from '../../../src/contracts/failures/outside-systems.js';
import { danglingPointers } from '../../support/document-pointers.js';
import { exportedMetrics } from '../../support/exported-metrics.js';
import { readDashboard, shownQueries } from '../../support/observability.js';
import { findPromtool } from '../../support/promtool.js';
import { readPromql } from '../../support/promql.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Cases of `promtool test rules`. */
const CASES = fileURLToPath(new URL('alerts.test.yml', import.meta.url));

type AlertCases = {
  readonly tests: readonly {
    readonly alert_rule_test: readonly { readonly alertname: string; readonly exp_alerts: readonly unknown[] }[];
  }[];
};

const known = exportedMetrics();

describe('the alerts and the dashboard', () => {
  it('ask in valid PromQL for metrics and labels that the backend exports', () => {
    const problems = shownQueries().flatMap(({ where, query }) =>
      readPromql(query, known).problems.map((problem) => `${where}: ${problem}`),
    );
    assert.deepEqual(problems, []);
  });

  it('would be refused with a slip in them', () => {
    const problem = (query: string): string | undefined => readPromql(query, known).problems[0];
    for (const [query, said] of [
      ['sum by (of) (copr_tasks_waiting{of="builds"}', /^syntax error/],
      ['max(copr_tasks_waiting) >> 0', /^syntax error/],
      ['copr_task_waiting > 0', /^no metric copr_task_waiting$/],
      ['rate(copr_call_seconds[5m])', /^no metric copr_call_seconds$/],
      ['copr_tasks_waiting{kind="builds"}', /^copr_tasks_waiting has no label kind$/],
      ['sum by (owner) (copr_tasks_waiting)', /^no label owner/],
      ['copr_tasks_waiting * on (system) copr_waits', /^no label system/],
      ['histogram_quantile(0.9, sum(rate(copr_call_seconds_bucket[5m])))', /no label le/],
    ] as const) {
      assert.match(problem(query) ?? 'nothing', said, query);
    }
    assert.equal(problem('time() - max by (of) (copr_poll_last_success_timestamp_seconds) > 300'), undefined);
  });

  it('show labels that their queries leave', () => {
    const missing = shownQueries().flatMap(({ where, query, labelsShown }) => {
      const { labels } = readPromql(query, known);
      return labelsShown.filter((label) => !labels.has(label)).map((label) => `${where}: ${label}`);
    });
    assert.deepEqual(missing, []);
  });

  it('name failure codes, systems and workflow types that there are', () => {
    const values = new Map<string, readonly string[]>([
      ['code', Object.keys(FAILURES)],
      ['system', OUTSIDE_SYSTEMS],
      ['workflow_type', WORKFLOW_TYPES],
    ]);
    const matchers = shownQueries().flatMap(({ query }) => readPromql(query, known).matchers);
    const unknown = matchers.flatMap(({ label, value }) => {
      const those = values.get(label);
      if (those === undefined) return [];
      const isThere = (one: string): boolean => those.some((name) => new RegExp(`^(?:${one})$`).test(name));
      return value.split('|').filter((one) => !isThere(one));
    });
    assert.deepEqual(unknown, []);
    assert.ok(matchers.some(({ label }) => label === 'code'));
  });
});

describe('docs/operations.md', () => {
  it('says what each metric of ours is', () => {
    const page = readFileSync(`${ROOT}docs/operations.md`, 'utf8');
    const ours = [...known.keys()].filter((name) => name.startsWith('copr_'));
    const families = new Set(ours.map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    assert.deepEqual(
      [...families].filter((name) => !new RegExp(`\`${name}(\\{[^\`]*)?\``).test(page)),
      [],
    );
  });
});

describe('observability/alerts.yml', () => {
  it('has each alert once, and sections of pages as runbooks', () => {
    const rules = alertRules();
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    const dangling = rules.flatMap(({ alert, annotations: { runbook } }) =>
      danglingPointers(ROOT, 'README.md', `[${alert}](${runbook})`),
    );
    assert.deepEqual(dangling, []);
  });

  it('asks for the job by its name where other programs export the same metrics', () => {
    const nameless = alertRules().filter(({ expr }) => {
      const { metrics, matchers } = readPromql(expr, known);
      const common = metrics.filter((metric) => !metric.startsWith('copr_'));
      return matchers.filter(({ label, value }) => label === 'job' && value === 'copr-backend').length < common.length;
    });
    assert.deepEqual(
      nameless.map(({ alert }) => alert),
      [],
    );
  });

  it('has an alert for each system that work can wait for', () => {
    const told = alertRules().flatMap(({ expr }) =>
      readPromql(expr, known).matchers.flatMap(({ label, value }) => (label === 'system' ? [value] : [])),
    );
    assert.deepEqual(
      OUTSIDE_SYSTEMS.filter((system) => !told.includes(system)),
      [],
    );
  });

  it('has a case that fires for each alert', () => {
    const cases = parse(readFileSync(CASES, 'utf8')) as AlertCases;
    const fired = cases.tests.flatMap(({ alert_rule_test: tests }) =>
      tests.flatMap(({ alertname, exp_alerts: alerts }) => (alerts.length > 0 ? [alertname] : [])),
    );
    assert.deepEqual(
      alertRules().flatMap(({ alert }) => (fired.includes(alert) ? [] : [alert])),
      [],
    );
  });

  it('is taken by promtool, and fires when it should', async function () {
    this.timeout(200_000);
    const promtool = await findPromtool();
    if (promtool === null) return this.skip();
    const checks = spawnSync(promtool, ['check', 'rules', 'observability/alerts.yml'], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(checks.status, 0, checks.stderr);
    const fires = spawnSync(promtool, ['test', 'rules', CASES], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(fires.status, 0, fires.stdout + fires.stderr);
  });
});

describe('observability/grafana-dashboard.json', () => {
  const { panels, templating } = readDashboard();

  it('takes the data source that is chosen above it', () => {
    assert.deepEqual(
      templating.list.map(({ name, type }) => [name, type]),
      [
        ['datasource', 'datasource'],
        ['job', 'query'],
        ['instance', 'query'],
      ],
    );
    const shown = panels.filter(({ type }) => type !== 'row').flatMap((panel) => [panel, ...panel.targets]);
    for (const { datasource } of shown) assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
  });

  it('has its panels in rows, none of them empty, none over another', () => {
    assert.deepEqual(
      panels.filter(({ type }) => type === 'row').map(({ title }) => title),
      ['Queue', 'Builds', 'Publications', 'Builders', 'Neighbours', 'Process'],
    );
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const places = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
    );
    assert.equal(new Set(places).size, places.length);
    for (const { type, title, targets } of panels) assert.equal(targets.length > 0, type !== 'row', title);
  });
});
