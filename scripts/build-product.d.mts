export function sourceFingerprint(root: string): string;
export function isCheckout(root: string): boolean;
export function buildIsCurrent(root: string): boolean;
export function bundleWorkflows(root: string): Promise<void>;
