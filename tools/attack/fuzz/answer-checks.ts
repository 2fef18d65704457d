import type { Findings } from '../attack.ts';
import type { Answer } from '../client.ts';
import { CANARY } from './hostile-values.ts';
import type { FuzzRequest } from './requests.ts';

/** The documented answers of the server about itself: overloaded, and storage full. */
const DOCUMENTED = new Set([503, 507]);

/** Checks the rules for every answer, whatever the request. */
export function checkAnswer(request: FuzzRequest, answer: Answer, findings: Findings): void {
  const { status, headers, text } = answer;
  const about = `${request.sent.method} ${request.sent.path.slice(0, 200)} → ${status} ${text.slice(0, 300)}`;
  findings.count(`status ${status}`);
  if (status >= 500 && !DOCUMENTED.has(status)) findings.violate('a fault of the server', about);
  if (status === 503 && headers['retry-after'] === undefined) findings.violate('503 without Retry-After', about);
  if (/\bat .*\.[jt]s:\d+/.test(text)) findings.violate('a stack trace in an answer', about);
  if (status < 400) return;
  if (text.includes(CANARY)) findings.violate('a password in an error', about);
  if (request.sent.method !== 'HEAD') checkProblem(answer, about, findings);
}

/** Every error is a problem of RFC 9457 with the members that the API promises. */
function checkProblem({ status, headers, text }: Answer, about: string, findings: Findings): void {
  if (!String(headers['content-type']).startsWith('application/problem+json')) {
    findings.violate('an error that is no problem document', about);
    return;
  }
  const problem: { readonly [name: string]: unknown } = JSON.parse(text);
  const whole =
    problem.status === status &&
    [problem.type, problem.title, problem.detail, problem.code, problem.remedy, problem.error].every(
      (member) => typeof member === 'string' && member !== '',
    );
  if (!whole) findings.violate('a problem document that lacks something', about);
}
