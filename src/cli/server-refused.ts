import { KamadoError } from '../kernel/index.ts';

/** What a server said no with, in its own words, and what can be done. */
export function serverRefused(reason: string, remedy: string): KamadoError {
  return new KamadoError('SERVER_REFUSED', { reason, remedy });
}
