import type { FastifyReply, FastifyRequest } from 'fastify';
import { kamadoError, limits, type Turns } from '../kernel/index.ts';
import type { AnswerBody } from './answer-body.ts';
import { type Envelope, singleEnd } from './envelope.ts';
import type { SizedBody } from './joins.ts';
import { PageText } from './page-text.ts';

/** The text of a resource, with turns taken for the work; a large one in pieces. */
export async function resourceText(
  turns: Turns,
  envelope: Envelope,
  shown: SizedBody,
): Promise<string | readonly Buffer[]> {
  await turns.take(shown.bytes);
  // A row of a list is decoded here.
  const { body } = shown;
  if (shown.bytes <= limits.turnBytes) return envelope.resource(body);
  const done: Buffer[] = [];
  let text = '';
  for (const part of envelope.resourceParts(body)) {
    text += part;
    if (text.length < limits.turnBytes) continue;
    done.push(Buffer.from(text));
    text = '';
    await turns.take(limits.turnBytes);
  }
  return [...done, Buffer.from(text)];
}

/** The answer with one resource. */
export async function singleAnswer(turns: Turns, envelope: Envelope, shown: SizedBody): Promise<string | AnswerBody> {
  const text = new PageText(envelope.singleBegin);
  text.add(await resourceText(turns, envelope, shown));
  return text.end(singleEnd);
}

/** Prepares a body for sending: sets the length of one in slices, which is known before. */
export function sentBody<Body extends string | AnswerBody>(reply: FastifyReply, body: Body): Body {
  if (typeof body !== 'string') reply.header('content-length', body.bytes);
  return body;
}

/** Ends the work on an answer whose client has disconnected. @throws REQUEST_MALFORMED, which no client receives */
export function checkClient({ raw }: FastifyRequest): void {
  if (raw.socket.destroyed) throw kamadoError('REQUEST_MALFORMED', { reason: 'its client has disconnected' });
}
