import { z } from 'zod';
import { PortFailure } from '../../ports/port-failure.js';
import { Page } from './answers.js';
import type { PulpCall, PulpExchange } from './exchange.js';

/** Longest request line that Pulp's web server accepts (gunicorn: 4,094 bytes), less its method and version. */
export const MAX_REQUEST_LINE = 4000;
/** Longest body of JSON that Django accepts is 2.5 MiB: 10,000 hrefs of 80 bytes are a third of it. */
export const MAX_UNITS_PER_CALL = 10_000;

/** The answer in the expected form. Rejects with `PulpUnavailable` for another: something else answers there. */
export function readAnswer<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const why = z.prettifyError(read.error).replaceAll('\n', ' ');
  throw new PortFailure('PulpUnavailable', `${where}: the answer has another form: ${why}`);
}

/** All rows of a list, page by page; a row that Pulp shows twice is there twice. */
export async function* readPages<T>(exchange: PulpExchange, call: PulpCall, schema: z.ZodType<T>): AsyncGenerator<T[]> {
  let next: PulpCall | null = call;
  while (next !== null) {
    const { value } = await exchange.get(next);
    const page: z.infer<typeof Page> = readAnswer(Page, value, `GET ${call.to}`);
    yield page.results.map((row) => readAnswer(schema, row, `GET ${call.to}`));
    next = page.next === null ? null : following(call, page.next);
  }
}

/** All rows of a list that is not long. */
export async function readAll<T>(exchange: PulpExchange, call: PulpCall, schema: z.ZodType<T>): Promise<readonly T[]> {
  const rows: T[] = [];
  for await (const page of readPages(exchange, call, schema)) rows.push(...page);
  return rows;
}

/** Pulp builds the URL of the next page from what reached it: behind a proxy, scheme and host may be another's. */
function following(call: PulpCall, next: string): PulpCall {
  const url = new URL(next);
  return { ...call, to: url.pathname, query: Object.fromEntries(url.searchParams) };
}

/** Splits terms so that each part, joined by commas, leaves room in a request line. */
export function inRequestLines(
  terms: readonly string[],
  room = MAX_REQUEST_LINE - 700,
): readonly (readonly string[])[] {
  const parts: string[][] = [];
  let bytes = room;
  for (const term of terms) {
    // A comma becomes `%2C`.
    const more = encodeURIComponent(term).length + 3;
    if (bytes + more > room) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(term);
    bytes += more;
  }
  return parts;
}
