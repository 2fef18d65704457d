import type { HotFault, HotFaultKind } from '../../src/hot/index.ts';
import type { JsonObject } from '../../src/kernel/index.ts';

/** Heat's explanation of each status. */
const explanations: ReadonlyMap<number, readonly [title: string, explanation: string]> = new Map([
  [
    400,
    [
      'Bad Request',
      'The server could not comply with the request since it is either malformed or otherwise incorrect.',
    ] as const,
  ],
  [403, ['Forbidden', 'Access was denied to this resource.'] as const],
  [404, ['Not Found', 'The resource could not be found.'] as const],
  [405, ['Method Not Allowed', 'The method specified is not allowed for this resource.'] as const],
  [409, ['Conflict', 'There was a conflict when trying to complete your request.'] as const],
  [
    500,
    [
      'Internal Server Error',
      'The server has either erred or is incapable of performing the requested operation.',
    ] as const,
  ],
  [503, ['Service Unavailable', 'The server is currently unavailable. Please try again at a later time.'] as const],
]);

/** A refusal of Heat: its status, the name of its class of exceptions, and its message. */
export class HeatError extends Error {
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** An error in Heat's common envelope. Unexpected errors have no message in it. */
export function heatErrorBody({ status, type, message }: HeatError): JsonObject {
  const [title, explanation] = explanations.get(status) ?? ['Error', message];
  return { code: status, title, explanation, error: { type, traceback: null, ...(message !== '' && { message }) } };
}

/** The refusal of a faulty request. */
export function badRequest(message: string): HeatError {
  return new HeatError(400, 'HTTPBadRequest', message);
}

/** The refusal of a faulty template or its parameters. */
export function validationFailed(message: string): HeatError {
  return new HeatError(400, 'StackValidationFailed', message);
}

export function stackNotFound(name: string): HeatError {
  return new HeatError(404, 'EntityNotFound', `The Stack (${name}) could not be found.`);
}

/** The refusal of input that is larger than Heat accepts. */
export function tooLarge(what: string, mostBytes: number): HeatError {
  const message = `Request limit exceeded: ${what} exceeds maximum allowed size (${mostBytes} bytes).`;
  return new HeatError(400, 'RequestLimitExceeded', message);
}

/** The status and the class of exceptions of Heat's answer to each kind of fault. */
const refusals: Readonly<Record<HotFaultKind, readonly [status: number, type: string]>> = {
  format: [400, 'HTTPBadRequest'],
  version: [400, 'InvalidTemplateVersion'],
  invalid: [400, 'StackValidationFailed'],
  unknown_parameter: [400, 'UnknownUserParameter'],
  missing_parameter: [400, 'UserParameterMissing'],
  reference: [400, 'InvalidTemplateReference'],
  circle: [500, 'CircularDependencyException'],
  function: [400, 'StackValidationFailed'],
};

/** The refusal of Heat's API for a fault of a template or its parameters. */
export function templateRefused({ kind, message }: HotFault): HeatError {
  const [status, type] = refusals[kind];
  return new HeatError(status, type, message);
}
