import { readFileSync } from 'node:fs';

/** The client's part of `/etc/sign.conf` (docs/neighbours/signing.md#the-program-sign). */
export type SignConf = {
  readonly server: string;
  readonly port: number;
  readonly user: string | null;
  readonly hash: string | null;
};

const MAX_LINE = 255;

/** Reads `key: value` lines; lines longer than the real client's limit are ignored. */
export function readSignConf(file: string): SignConf {
  const values = new Map<string, string>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, key, value] = /^\s*([a-z-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && line.length <= MAX_LINE) values.set(key, value);
  }
  return {
    server: values.get('server') ?? '127.0.0.1',
    port: Number(values.get('port') ?? 5167),
    user: values.get('user') ?? null,
    hash: values.get('hash') ?? null,
  };
}
