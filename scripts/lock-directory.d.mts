export function withLock<T>(
  path: string,
  work: () => T | Promise<T>,
  onWait?: (pid: number | null) => void,
): Promise<T>;
export function isAlive(pid: number): boolean;
