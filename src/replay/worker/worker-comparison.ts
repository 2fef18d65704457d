import type { Comparison } from '../replay-report.ts';
import { writtenFamilies } from './recorded-writes.ts';

/** The families that a replay of the worker compares. */
export const workerFamilies = ['jobs', 'heat_calls', ...writtenFamilies, 'job_results'] as const;
export type WorkerFamily = (typeof workerFamilies)[number];

/** A comparison of one of these families. */
export type WorkerComparison = Comparison & { readonly family: WorkerFamily };
