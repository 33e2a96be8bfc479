/** Logs a message of a server; the caller decides where it goes. */
export type Log = (message: string) => void;

/** Lines on stderr, each with its time and its source. */
export function logTo(name: string, stream: NodeJS.WritableStream = process.stderr): Log {
  return (message) => {
    stream.write(`${new Date().toISOString()} ${name}: ${message}\n`);
  };
}

/** For tests, and for servers started inside another program. */
export const silent: Log = () => undefined;
