import { STATUS_CODES } from 'node:http';
import { codeOf, isKamadoError, type KamadoError, kamadoError, limits } from '../kernel/index.ts';

/** The media type of errors (RFC 9457). */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The seconds after which a client may repeat a request that was answered with 503. */
export const RETRY_AFTER_SECONDS = '1';

/**
 * The body of an error answer: a problem (RFC 9457) that carries `error` as well, as the original's answers do
 * (compatibility A4).
 */
export function problemText(error: KamadoError): string {
  return JSON.stringify({
    type: `urn:kamado:error:${error.shownCode}`,
    title: STATUS_CODES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.shownCode,
    remedy: error.remedy,
    error: error.message,
    ...(error.faults.length > 0 && { errors: error.faults }),
  });
}

/** The catalogued error for anything that was thrown, or null for an unexpected error. */
export function knownError(error: unknown, request: { readonly mediaType: string }): KamadoError | null {
  if (isKamadoError(error)) return error;
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return kamadoError('BODY_TOO_LARGE', { limitBytes: limits.requestBodyBytes });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE':
      return kamadoError('MEDIA_TYPE_UNSUPPORTED', { type: request.mediaType });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return kamadoError('REQUEST_MALFORMED', { reason: 'the body is not as long as Content-Length says' });
    case 'FST_ERR_BAD_URL':
      return kamadoError('REQUEST_MALFORMED', { reason: 'the path is not percent-encoded as RFC 3986 asks for' });
    case 'ECONNRESET':
    case 'ERR_STREAM_PREMATURE_CLOSE':
      return kamadoError('REQUEST_MALFORMED', { reason: 'the connection ended before the body did' });
    default:
      return null;
  }
}

/** The catalogued error for a request that Node's HTTP parser refused. */
export function connectionError(error: unknown): KamadoError {
  const code = codeOf(error);
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return kamadoError('HEADERS_TOO_LARGE', {});
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return kamadoError('REQUEST_TIMEOUT', {});
    default:
      return kamadoError('REQUEST_MALFORMED', { reason: code.startsWith('HPE_') ? code : 'it cannot be parsed' });
  }
}
