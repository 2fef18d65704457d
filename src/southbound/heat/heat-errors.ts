import { ForeignText, isJsonObject, type KamadoError, kamadoError, type Redactor } from '../../kernel/index.ts';
import { lineOf, objectOrNull } from './answer-json.ts';
import type { HttpAnswer } from './http.ts';

/** What a request was about. */
export interface Asked {
  readonly endpoint: string;
  readonly project: string;
  readonly stack: string;
  /** Redacts what the request was made with. */
  readonly redact: Redactor;
}

/** A service that has too much to do, or is on its way up or down, in front of Heat or behind it. */
const PASSING = new Set([408, 425, 429, 502, 503, 504]);

/**
 * The error for an answer that isn't the one that was hoped for: Heat says `{code, title, explanation, error: {type,
 * message, traceback}}`. Of that only the message is shown, or the explanation: a traceback holds what nobody is to see.
 */
export function heatError(answer: HttpAnswer, { endpoint, project, stack, redact }: Asked): KamadoError {
  const { status } = answer;
  const { type, message } = saidIn(answer);
  const service = 'Heat';
  const reason = message === '' ? `it answered with status ${status}` : new ForeignText(redact(message));
  if (PASSING.has(status)) return kamadoError('STACK_UNAVAILABLE', { service, endpoint, reason });
  if (status >= 500) return kamadoError('STACK_SERVER_ERROR', { service, endpoint, reason });
  // Anything may stand in between and answer 400 or 404; only Heat knows its own errors.
  if (type === null && status !== 401 && status !== 403) {
    return kamadoError('STACK_ANSWER_INVALID', { service, endpoint, reason: `it answered with status ${status}` });
  }
  switch (status) {
    case 401:
      return kamadoError('STACK_ACCESS', { service, endpoint, project, reason });
    case 403:
      // Beyond the quota, no credentials help.
      if (type === 'StackResourceLimitExceeded') return kamadoError('STACK_REFUSED', { stack, reason });
      return kamadoError('STACK_ACCESS', { service, endpoint, project, reason });
    case 409:
      if (type === 'StackExists') return kamadoError('STACK_EXISTS', { stack });
      return kamadoError('STACK_BUSY', { stack, reason });
    default:
      if (isBeingDeleted(type, message)) return kamadoError('STACK_BUSY', { stack, reason });
      return kamadoError('STACK_REFUSED', { stack, reason });
  }
}

/** Whether a 404 is about the stack itself, not about something that its template names. */
export function isAboutStack(answer: HttpAnswer): boolean {
  const { message } = saidIn(answer);
  return !/^The (?!Stack )[\w ]+ \(.*\) could not be found/.test(message);
}

/** Heat refuses to update a stack that is being deleted as something that it doesn't support. */
function isBeingDeleted(type: string | null, message: string): boolean {
  return type === 'NotSupported' && message.includes('deleting');
}

function saidIn(answer: HttpAnswer): { readonly type: string | null; readonly message: string } {
  const reported = objectOrNull(answer);
  const error = reported?.error;
  if (!isJsonObject(error) || typeof error.type !== 'string') return { type: null, message: '' };
  return { type: error.type, message: lineOf(error.message) || lineOf(reported?.explanation) };
}
