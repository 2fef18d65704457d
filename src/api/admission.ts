import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type KamadoError, limits, type Runtime, type Timer } from '../kernel/index.ts';
import { AnswerBody } from './answer-body.ts';
import { Budget } from './budget.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The memory that a request may need until its answer is made; `limits.requestWorkBytes` if absent. */
    readonly workBytes?: number;
  }
  interface FastifyRequest {
    /**
     * The request's share of the budgets. A WeakMap by request would keep each share until the next full garbage
     * collection.
     */
    admitted: Admitted | null;
  }
}

/** The times to wait for memory and for clients; the limits of the same name if absent. */
export interface AdmissionTimes {
  readonly admissionWaitMs?: number;
  readonly answerStallMs?: number;
}

/** A request's share of the budgets. */
interface Admitted {
  body: number;
  memory: number;
  /** Whether the answer is made; the share is then the part of it that the client hasn't taken yet. */
  answered: boolean;
  ended: boolean;
  /** Ends the wait for a share. */
  leave: () => void;
  stall: Timer | null;
}

type Done = (error?: KamadoError) => void;

/**
 * Bounds the memory of requests over all connections: of bodies that are received, of requests in progress, and of
 * answers that clients have not taken yet. A request that doesn't fit waits for a moment, and is then refused with 503.
 * A client that doesn't take its answer is cut off.
 */
export class Admission {
  readonly #runtime: Runtime;
  readonly #bodies: Budget;
  readonly #memory: Budget;
  readonly #stallMs: number;

  constructor(runtime: Runtime, times: AdmissionTimes) {
    const waitMs = times.admissionWaitMs ?? limits.admissionWaitMs;
    this.#runtime = runtime;
    this.#stallMs = times.answerStallMs ?? limits.answerStallMs;
    this.#bodies = new Budget(runtime, { name: 'the memory for bodies', bytes: limits.bodyMemoryBytes, waitMs });
    this.#memory = new Budget(runtime, { name: 'the memory for answers', bytes: limits.answerMemoryBytes, waitMs });
  }

  /** Adds the hooks that every request of the server passes through once it has begun. */
  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('admitted', null);
    fastify.addHook('preHandler', (request, _reply, done) => this.#admitWork(request, done));
    fastify.addHook('onSend', (request, reply, payload, done) => done(null, this.#answer(request, reply, payload)));
  }

  /** Begins to count the request's share. */
  begin(request: FastifyRequest): void {
    request.admitted = { body: 0, memory: 0, answered: false, ended: false, leave: () => {}, stall: null };
  }

  /** Calls `done` when the body of a request may come. Small bodies may always come. */
  admitBody({ raw, admitted }: FastifyRequest, done: Done): void {
    const { 'content-length': length, 'transfer-encoding': coding } = raw.headers;
    const bytes =
      coding === undefined ? Math.min(Number(length ?? 0), limits.requestBodyBytes) : limits.requestBodyBytes;
    if (admitted === null || bytes <= limits.smallBodyBytes) {
      done();
      return;
    }
    admitted.leave = this.#bodies.take(bytes, (error) => {
      if (error === null) admitted.body = bytes;
      done(error ?? undefined);
    });
  }

  /** Releases a request's share: its answer is with the client, or its connection has ended. */
  end({ admitted }: FastifyRequest): void {
    if (admitted === null) return;
    admitted.ended = true;
    admitted.leave();
    admitted.stall?.cancel();
    // A request whose client has disconnected still needs its memory until it is done.
    if (admitted.answered) this.#hold(admitted, 0);
  }

  #admitWork({ admitted, routeOptions }: FastifyRequest, done: Done): void {
    const bytes = routeOptions.config?.workBytes ?? limits.requestWorkBytes;
    if (admitted === null || bytes === 0) {
      done();
      return;
    }
    admitted.leave = this.#memory.take(bytes, (error) => {
      if (error === null) admitted.memory = bytes;
      done(error ?? undefined);
    });
  }

  /** Counts the answer's bytes instead of the request's memory, and sends a large answer in slices. */
  #answer({ raw, admitted, routeOptions }: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    if (admitted === null) return payload;
    const body = typeof payload === 'string' ? sliced(reply, payload) : payload;
    admitted.answered = true;
    this.#bodies.change(admitted.body, 0);
    admitted.body = 0;
    const counted = routeOptions.config?.workBytes !== 0 && !admitted.ended;
    this.#hold(admitted, counted ? bytesOf(body) : 0);
    // An endless stream watches its reader itself.
    if (!admitted.ended && !(body instanceof Readable && !(body instanceof AnswerBody))) {
      this.#watchProgress(admitted, raw, body);
    }
    return body;
  }

  #hold(admitted: Admitted, bytes: number): void {
    this.#memory.change(admitted.memory, bytes);
    admitted.memory = bytes;
  }

  /** Cuts off a client that takes nothing for too long. */
  #watchProgress(admitted: Admitted, { socket }: IncomingMessage, body: unknown): void {
    const expect = (): void => {
      admitted.stall?.cancel();
      admitted.stall = admitted.ended ? null : this.#runtime.after(this.#stallMs, () => socket.destroy());
    };
    if (body instanceof AnswerBody) body.onProgress = expect;
    expect();
  }
}

/** The body of an answer; a large one in slices. */
function sliced(reply: FastifyReply, text: string): string | AnswerBody {
  // No UTF-16 unit takes more than three bytes.
  if (text.length * 3 <= limits.answerSliceBytes) return text;
  const body = new AnswerBody([Buffer.from(text)]);
  reply.header('content-length', body.bytes);
  return body;
}

function bytesOf(body: unknown): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof AnswerBody ? body.bytes : 0;
}
