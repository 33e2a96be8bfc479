import { PortFailure } from '../../ports/port-failure.js';
import { HttpFailure, mayPass, type HttpClient } from '../http/request.js';

/** Fetches a user's file from the frontend's host only: a path could be written so that it names another host. */
export async function fetchUpload(request: {
  readonly http: HttpClient;
  readonly baseUrl: string;
  readonly path: string;
  readonly maxBytes: number;
}): Promise<Buffer> {
  const base = new URL(request.baseUrl);
  const url = new URL(base.href.replace(/\/+$/, '') + request.path);
  if (url.origin !== base.origin || url.username !== base.username) {
    throw new PortFailure('TaskInvalid', `${request.path.slice(0, 200)} is not a path of the frontend`);
  }
  url.username = '';
  url.password = '';
  const where = `GET ${url.href}`;
  const answer = await request.http
    .request({ method: 'GET', url, maxBytes: request.maxBytes })
    .catch((error: unknown) => {
      if (!(error instanceof HttpFailure)) throw error;
      const isLarge = error.kind === 'tooLarge';
      const message = isLarge ? `${where}: larger than ${request.maxBytes} bytes` : `${where}: ${error.message}`;
      throw new PortFailure(isLarge ? 'UploadInvalid' : 'FrontendUnavailable', message, {
        cause: error,
      });
    });
  if (answer.status === 200) return answer.body;
  if (answer.status === 404) throw new PortFailure('TaskUnknown', `${where}: HTTP 404`);
  const code = mayPass(answer.status) ? 'FrontendUnavailable' : 'FrontendRefused';
  throw new PortFailure(code, `${where}: HTTP ${answer.status}`);
}
