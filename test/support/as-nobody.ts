/** Does `work` without the rights of root, to whom every directory is open: the system refuses what it should. */
export async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const before = process.geteuid?.() ?? 0;
  if (before !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(before);
  }
}
