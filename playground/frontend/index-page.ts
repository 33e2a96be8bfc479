import { escapeHtml, htmlPage } from '../loopback/html-page.js';
import { overallState } from './build-view.js';
import { dirnameOf, statusName, type BuildRecord } from './state.js';
import type { Store } from './store.js';
import type { Addresses } from './task-records.js';

const SHOWN = 100;

/** The page at `/`: what was built and where it is. */
export function indexPage(store: Store, addresses: Addresses): string {
  const builds = [...store.builds()].reverse();
  const rows = builds.slice(0, SHOWN).map((build) => buildRow(build, addresses));
  const table = `<table><tr><th>build</th><th>project</th><th>package</th><th>state</th><th>source</th><th>chroots</th></tr>
${rows.join('\n')}</table>`;
  const projects = store.projects().map((project) => {
    const path = `${encodeURIComponent(project.owner)}/${encodeURIComponent(project.name)}`;
    const links = project.chroots.map(
      ({ name }) =>
        `<a href="/coprs/${path}/repo/${encodeURIComponent(name)}/${path.replace('/', '-')}.repo">${escapeHtml(name)}.repo</a>`,
    );
    return `<li><a href="${escapeHtml(addresses.resultsUrl)}/${path}/">${escapeHtml(`${project.owner}/${project.name}`)}</a>: ${links.join(', ')}</li>`;
  });
  return htmlPage(
    'Copr playground',
    `${builds.length === 0 ? '<p>No builds yet. Submit one: <code>copr-backend playground submit FILE.spec</code></p>' : table}
${builds.length > SHOWN ? `<p>… and ${builds.length - SHOWN} older ones: <a href="/api/builds">/api/builds</a></p>` : ''}
<h2>Projects</h2><ul>${projects.join('\n')}</ul>
<p>As JSON: <a href="/api/builds">builds</a>, <a href="/api/projects">projects</a>, <a href="/api/actions">actions</a>.</p>`,
  );
}

function buildRow(build: BuildRecord, addresses: Addresses): string {
  const results = `${addresses.resultsUrl}/${encodeURIComponent(build.owner)}/${encodeURIComponent(dirnameOf(build))}`;
  const chroots = build.chroots.map(
    (chroot) =>
      `${escapeHtml(chroot.name)} ${linked(statusName(chroot.status), chroot.resultDir, `${results}/${encodeURIComponent(chroot.name)}`)}`,
  );
  const title = [build.packageName ?? build.file, build.packageVersion ?? ''].join(' ');
  return `<tr><td><a href="/api/builds/${build.id}">${build.id}</a></td><td>${escapeHtml(`${build.owner}/${dirnameOf(build)}`)}</td>
<td>${escapeHtml(title)}</td><td>${state(overallState(build))}</td>
<td>${linked(statusName(build.source.status), build.source.resultDir, `${results}/srpm-builds`)}</td><td>${chroots.join('<br>')}</td></tr>`;
}

function state(name: string): string {
  return `<span class="${escapeHtml(name.split(' ')[0] ?? '')}">${escapeHtml(name)}</span>`;
}

function linked(name: string, directory: string, base: string): string {
  if (directory === '') return state(name);
  return `<a href="${escapeHtml(`${base}/${encodeURIComponent(directory)}/`)}">${state(name)}</a>`;
}
