import type { FastifyRequest } from 'fastify';
import { type Caller, systemCaller } from '../database/index.ts';

/** Who sent a request. Without identity everybody who can reach the server is the operator. */
export function callerOf(_request: FastifyRequest): Caller {
  return systemCaller;
}
