import { KamadoError } from '../kernel/index.ts';

/** The error of a refused request, with the server's message and a remedy. */
export function serverRefused(reason: string, remedy: string): KamadoError {
  return new KamadoError('SERVER_REFUSED', { reason, remedy });
}
