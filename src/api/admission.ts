import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type KamadoError, limits, type Runtime, type Timer } from '../kernel/index.ts';
import { AnswerBody } from './answer-body.ts';
import { Budget } from './budget.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The memory that a request may need until its answer is made; `limits.requestWorkBytes` where absent. */
    readonly workBytes?: number;
  }
  interface FastifyRequest {
    /** What the request holds of the budgets. A WeakMap by request would keep each until the next full garbage collection. */
    admitted: Admitted | null;
  }
}

/** How long is waited for room and for clients; the limits of the same name where absent. */
export interface AdmissionTimes {
  readonly admissionWaitMs?: number;
  readonly answerStallMs?: number;
}

/** What a request holds of the budgets. */
interface Admitted {
  body: number;
  memory: number;
  /** The answer is made; what is held is what of it is not with the client yet. */
  answered: boolean;
  ended: boolean;
  /** Ends a wait. */
  leave: () => void;
  stall: Timer | null;
}

type Done = (error?: KamadoError) => void;

/**
 * Bounds the memory of requests over all connections: of bodies on their way in, of requests that are worked on, and of
 * answers that clients have not taken yet. What doesn't fit waits for a moment, and is then refused with 503. A client
 * that doesn't take its answer is cut off.
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

  /** Adds itself to the way of every request of a server that has begun. */
  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('admitted', null);
    fastify.addHook('preHandler', (request, _reply, done) => this.#admitWork(request, done));
    fastify.addHook('onSend', (request, reply, payload, done) => done(null, this.#answer(request, reply, payload)));
  }

  /** From now on it is known what a request holds. */
  begin(request: FastifyRequest): void {
    request.admitted = { body: 0, memory: 0, answered: false, ended: false, leave: () => {}, stall: null };
  }

  /** Calls back when the body of a request may come; small ones always may. */
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

  /** Gives back what a request holds: its answer is with the client, or its connection has ended. */
  end({ admitted }: FastifyRequest): void {
    if (admitted === null) return;
    admitted.ended = true;
    admitted.leave();
    admitted.stall?.cancel();
    // A request whose client has gone still needs its memory until it is done.
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

  /** Counts the answer instead of the work, and sends a large one in slices. */
  #answer({ raw, admitted, routeOptions }: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
    if (admitted === null) return payload;
    const body = typeof payload === 'string' ? sliced(reply, payload) : payload;
    admitted.answered = true;
    this.#bodies.change(admitted.body, 0);
    admitted.body = 0;
    const counted = routeOptions.config?.workBytes !== 0 && !admitted.ended;
    this.#hold(admitted, counted ? bytesOf(body) : 0);
    // A stream without an end watches its reader itself.
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

/** The body of an answer, in slices where it is large. */
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
