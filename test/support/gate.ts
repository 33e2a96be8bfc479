/** Callers that wait for `passed` are kept until somebody opens the gate. */
export type Gate = { readonly passed: Promise<void>; readonly open: () => void };

export function gate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open: () => open() };
}
