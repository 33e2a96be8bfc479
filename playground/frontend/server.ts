import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import {
  HttpProblem,
  pathSegments,
  requestUrl,
  sendText,
  serveHttp,
  type RunningService,
} from '../loopback/http-service.js';
import { silent, type Log } from '../loopback/log-line.js';
import { sendStoredFile } from '../loopback/send-file.js';
import { sendApiProblem } from './api-call.js';
import { answerApi } from './api-routes.js';
import { answerBackend } from './backend-routes.js';
import { createCompsFiles } from './comps-files.js';
import { createDistGit } from './dist-git.js';
import { indexPage } from './index-page.js';
import { answerPublicApi } from './public-api.js';
import { repoFile } from './repo-file.js';
import { openStore } from './store.js';
import type { Addresses } from './task-records.js';
import { createUploads } from './uploads.js';

export type FrontendOptions = {
  /** 0: any free port. */
  readonly port: number;
  /** Where everything is stored; survives a kill at any moment. */
  readonly stateDir: string;
  /** The root of the results web server, without a final slash. */
  readonly resultsUrl: string;
  /** The backend's password on writing calls (`frontend_auth`). */
  readonly password: string;
  readonly log?: Log;
};

/**
 * Starts the playground's Copr frontend: the backend's API, a small API for people, uploads, dist-git and `.repo`
 * files.
 */
export async function startFrontend(options: FrontendOptions): Promise<RunningService> {
  const log = options.log ?? silent;
  const store = openStore(options.stateDir);
  const uploads = createUploads(join(options.stateDir, 'uploads'));
  const distGit = createDistGit({ store, directory: join(options.stateDir, 'git'), log });
  const resultsUrl = options.resultsUrl.replace(/\/+$/, '');
  let frontendUrl = '';
  const addresses = (): Addresses => ({ frontendUrl, resultsUrl });
  const backend = { store, addresses, password: options.password, onReport: distGit.look };
  const comps = createCompsFiles(join(options.stateDir, 'comps'));
  const api = { store, uploads, comps, distGit, addresses };

  const sendRepoFile = (response: ServerResponse, [owner = '', name = '', , chroot = '', file]: string[]): void => {
    const project = store.project(owner, name);
    const isKnown = project?.chroots.some((candidate) => candidate.name === chroot) ?? false;
    if (project === null || !isKnown || file !== `${owner}-${name}.repo`) throw new HttpProblem(404, 'no such project');
    sendText(response, 200, repoFile(project, chroot, resultsUrl));
  };

  const sendComps = async (
    response: ServerResponse,
    [owner = '', name = '', , chroot = '']: string[],
  ): Promise<void> => {
    const project = store.project(owner, name);
    const isKnown = project?.chroots.some((candidate) => candidate.name === chroot) ?? false;
    const content = project !== null && isKnown ? await comps.read(project, chroot) : null;
    if (content === null) throw new HttpProblem(404, 'Not Found');
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': content.length });
    response.end(content);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const segments = pathSegments(requestUrl(request).pathname);
    if (segments === null) throw new HttpProblem(400, 'the path cannot be read');
    const [head, ...rest] = segments;
    if (head === 'backend') return answerBackend({ request, response, context: backend }, rest);
    if (head === 'api_3') {
      answerPublicApi({ request, response, context: api }, rest);
      return;
    }
    if (head === 'api') return answerApi({ request, response, context: api }, rest);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new HttpProblem(405, 'use GET here');
    if (head === undefined) {
      sendText(response, 200, indexPage(store, addresses()), 'text/html; charset=utf-8');
      return;
    }
    if (head === 'uploads' && rest.length === 1) {
      sendText(response, 200, JSON.stringify(await uploads.list(rest[0] ?? '')), 'application/json');
      return;
    }
    if (head === 'uploads' && rest.length === 2) {
      return sendStoredFile(request, response, uploads.path(rest[0] ?? '', rest[1] ?? ''));
    }
    if (head === 'git' && rest.length === 4) {
      const path = distGit.path(rest[0] ?? '', rest[1] ?? '', rest[2] ?? '', rest[3] ?? '');
      if (path !== null) return sendStoredFile(request, response, path);
    }
    if (head === 'coprs' && rest.length === 5 && rest[2] === 'repo') {
      sendRepoFile(response, rest);
      return;
    }
    if (head === 'coprs' && rest.length === 5 && rest[2] === 'chroot' && rest[4] === 'comps') {
      await sendComps(response, rest);
      return;
    }
    throw new HttpProblem(404, 'Not Found');
  };

  const service = await serveHttp({
    port: options.port,
    log,
    handle: async (request, response) => {
      try {
        await answer(request, response);
      } catch (error) {
        const isApi = (request.url ?? '').startsWith('/api');
        if (!isApi || !(error instanceof HttpProblem) || response.headersSent) throw error;
        sendApiProblem(response, error);
        request.resume();
      }
    },
  });
  frontendUrl = service.url;
  distGit.look();
  return {
    ...service,
    close: async () => {
      await service.close();
      await distGit.stop();
    },
  };
}
