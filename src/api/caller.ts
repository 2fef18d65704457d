import type { FastifyRequest } from 'fastify';
import { type Caller, systemCaller } from '../database/index.ts';

/** The caller of a request. Without identity, every client that can reach the server is the operator. */
export function callerOf(_request: FastifyRequest): Caller {
  return systemCaller;
}
