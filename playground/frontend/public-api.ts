import type { IncomingMessage, ServerResponse } from 'node:http';
import { HttpProblem, requestUrl, sendText } from '../loopback/http-service.js';
import { pythonJson } from './python-json.js';
import type { ProjectRecord } from './state.js';
import type { Store } from './store.js';
import type { Addresses } from './task-records.js';

type Call = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: { readonly store: Store; readonly addresses: () => Addresses };
};

/**
 * The calls of the public API that a backend's tools make, without a password (docs/neighbours/frontend.md#public-api).
 */
export function answerPublicApi({ request, response, context }: Call, segments: readonly string[]): void {
  if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpProblem(405, 'use GET here');
  const view = viewOf(context, segments.join('/'), requestUrl(request).searchParams);
  const answer = view ?? { error: `There is no ${segments.join('/')} like that.` };
  sendText(response, view === null ? 404 : 200, `${pythonJson(answer)}\n`, 'application/json');
}

function viewOf({ store, addresses }: Call['context'], path: string, query: URLSearchParams): object | null {
  const asked = (name: string): string => query.get(name) ?? '';
  const project = store.project(asked('ownername'), asked('projectname'));
  switch (path) {
    case 'project':
      return project === null ? null : projectView(project, addresses());
    case 'project/list': {
      const owned = store.projects().filter(({ owner }) => owner === asked('ownername'));
      return { items: owned.map((each) => projectView(each, addresses())) };
    }
    case 'project-chroot': {
      const chroot = project?.chroots.find(({ name }) => name === asked('chrootname'));
      if (project === null || chroot === undefined) return null;
      return {
        ...{ mock_chroot: chroot.name, ownername: project.owner, projectname: project.name },
        ...{ comps_name: chroot.comps, delete_after_days: null },
      };
    }
    default:
      return null;
  }
}

function projectView(project: ProjectRecord, { resultsUrl }: Addresses): object {
  const enabled = project.chroots.filter((chroot) => chroot.enabled);
  const results = `${resultsUrl}/${project.owner}/${project.name}`;
  return {
    id: project.id,
    name: project.name,
    ownername: project.owner,
    full_name: `${project.owner}/${project.name}`,
    chroot_repos: Object.fromEntries(enabled.map(({ name }) => [name, `${results}/${name}/`])),
    ...project.settings,
    storage: project.storage,
  };
}
