export function sourceFingerprint(root: string): string;
export function buildIsCurrent(root: string): boolean;
