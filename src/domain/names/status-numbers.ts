/**
 * The frontend's numbers of the states that a backend names (docs/neighbours/frontend.md#numbers): in reports, and in
 * messages on all buses.
 */
export const STATUS_NUMBERS = { failed: 0, succeeded: 1, running: 3, starting: 6 } as const;
