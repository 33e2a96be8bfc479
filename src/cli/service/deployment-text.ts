import { type DeploymentReport, openText, type VersionReport } from '../../starters/deployment.js';
import { tableLines } from '../build/status-text.js';

/** The versions as a table, and what is wrong with them. */
export function deploymentLines(report: DeploymentReport): readonly string[] {
  const header = ['VERSION', 'STATE', 'SINCE', 'WORKERS', 'OPEN'];
  const { current, versions } = report;
  return [
    ...tableLines([header, ...versions.map((version) => row(report, version))]),
    ...(current === null ? ['no version is current: what begins waits for workers without versions'] : []),
    ...versions
      .filter(isStranded)
      .map(({ build, open }) => `${build} holds ${openText(open)}, and no worker of it runs`),
  ];
}

function row({ ramping }: DeploymentReport, version: VersionReport): readonly string[] {
  const { build, state, since, workers, open } = version;
  const percent = state === 'ramping' && ramping !== null ? ` ${ramping.percent} %` : '';
  const served = workers.filter((one) => one.workers > 0).length;
  const queues = served === 0 ? 'none' : `on ${served} of ${workers.length} queues`;
  return [build, `${state}${percent}`, since, queues, openText(open)];
}

function isStranded({ open, workers }: VersionReport): boolean {
  return Object.keys(open).length > 0 && !workers.some((one) => one.kind === 'workflows' && one.workers > 0);
}
