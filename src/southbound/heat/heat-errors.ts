import { ForeignText, isJsonObject, type KamadoError, kamadoError, type Redactor } from '../../kernel/index.ts';
import { lineOf, objectOrNull } from './answer-json.ts';
import type { HttpAnswer } from './http.ts';

/** The subject of a request. */
export interface Asked {
  readonly endpoint: string;
  readonly project: string;
  readonly stack: string;
  /** Redacts the contents of the request. */
  readonly redact: Redactor;
}

/** The statuses of an overloaded, starting or stopping service, Heat itself or another one before or behind it. */
const PASSING = new Set([408, 425, 429, 502, 503, 504]);

/**
 * Returns the error for an unexpected answer. Heat answers `{code, title, explanation, error: {type, message,
 * traceback}}`. Only the message, or the explanation, is shown: a traceback holds internals.
 */
export function heatError(answer: HttpAnswer, { endpoint, project, stack, redact }: Asked): KamadoError {
  const { status } = answer;
  const { type, message } = messageIn(answer);
  const service = 'Heat';
  const reason = message === '' ? `it answered with status ${status}` : new ForeignText(redact(message));
  if (PASSING.has(status)) return kamadoError('STACK_UNAVAILABLE', { service, endpoint, reason });
  if (status >= 500) return kamadoError('STACK_SERVER_ERROR', { service, endpoint, reason });
  // A proxy may answer 400 or 404, too. Only Heat's own errors have a type.
  if (type === null && status !== 401 && status !== 403) {
    return kamadoError('STACK_ANSWER_INVALID', { service, endpoint, reason: `it answered with status ${status}` });
  }
  switch (status) {
    case 401:
      return kamadoError('STACK_ACCESS', { service, endpoint, project, reason });
    case 403:
      // If the quota is exceeded, no credentials help.
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
  const { message } = messageIn(answer);
  return !/^The (?!Stack )[\w ]+ \(.*\) could not be found/.test(message);
}

/** Heat refuses to update a stack that is being deleted with the error for unsupported operations. */
function isBeingDeleted(type: string | null, message: string): boolean {
  return type === 'NotSupported' && message.includes('deleting');
}

function messageIn(answer: HttpAnswer): { readonly type: string | null; readonly message: string } {
  const reported = objectOrNull(answer);
  const error = reported?.error;
  if (!isJsonObject(error) || typeof error.type !== 'string') return { type: null, message: '' };
  return { type: error.type, message: lineOf(error.message) || lineOf(reported?.explanation) };
}
