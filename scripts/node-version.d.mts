export const OLDEST_NODE: string;
export function nodeComplaint(version: string): string | null;
export function requireNode(): void;
