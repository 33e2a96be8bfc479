import type { MaintenanceJob, MaintenanceOutcome, MaintenanceRound } from '../../contracts/maintenance/maintenance.js';

/** A maintenance job, ready to run. */
export type Job = (round: MaintenanceRound) => Promise<MaintenanceOutcome>;

/** The jobs that the configuration of a worker makes sense of. */
export type Jobs = Readonly<Partial<Record<MaintenanceJob, Job>>>;
