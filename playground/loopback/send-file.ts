import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { HttpProblem } from './http-service.js';

/** Sends a whole file that the server itself stored. */
export async function sendStoredFile(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  const facts = await stat(path).catch(() => null);
  if (!facts?.isFile()) throw new HttpProblem(404, 'no such file');
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': facts.size });
  if (request.method === 'HEAD' || facts.size === 0) {
    response.end();
    return;
  }
  await pipeline(createReadStream(path, { end: facts.size - 1 }), response);
}
