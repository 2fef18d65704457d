import type { TestContext } from 'node:test';
import { type Seen, serverOf } from './helpers.ts';

/** A Keystone and a Heat in one small server, which go wrong where they are told to. */
export interface KeystoneDouble {
  readonly origin: string;
  readonly seen: readonly Seen[];
  /** What each login asked for: 'password', or 'token to <project>', and the like. */
  readonly logins: () => readonly string[];
  /** Tokens that Heat doesn't take. */
  readonly refused: Set<string>;
}

/** An answer that takes the place of the right one. */
export type Trouble = (login: string, request: Seen) => { readonly status: number; readonly body: string } | null;

/** The projects that logins may be scoped to are all but 'closed'. Application credentials are those of 'tenant-1'. */
export async function keystoneDouble(
  t: TestContext,
  { trouble = () => null, lifeMs = 3_600_000, nowMs }: { trouble?: Trouble; lifeMs?: number; nowMs: () => number },
): Promise<KeystoneDouble> {
  const logins: string[] = [];
  const refused = new Set<string>();
  let issued = 0;
  const { origin, seen } = await serverOf(t, (request, _incoming, response) => {
    const say = (status: number, body: string, headers = {}) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    };
    if (request.url !== '/v3/auth/tokens') {
      const token = String(request.headers['x-auth-token']);
      if (refused.has(token)) say(401, 'Authentication required');
      else say(200, '{"stacks":[]}');
      return;
    }
    const login = nameOf(request.body);
    logins.push(login);
    const wrong = trouble(login, request);
    if (wrong !== null) {
      say(wrong.status, wrong.body);
      return;
    }
    const project = / to (.*)$/.exec(login)?.[1] ?? (login === 'application_credential' ? 'tenant-1' : null);
    if (project === 'closed') {
      say(401, '{"error":{"code":401,"message":"The request requires authentication.","title":"Unauthorized"}}');
      return;
    }
    const expires_at = new Date(nowMs() + lifeMs).toISOString();
    const scope = project === null ? {} : { project: { id: project }, catalog: catalogOf(origin, project) };
    say(201, JSON.stringify({ token: { expires_at, ...scope } }), { 'x-subject-token': `token-${++issued}` });
  });
  return { origin, seen, refused, logins: () => logins };
}

function nameOf(body: string): string {
  const { identity, scope } = JSON.parse(body).auth;
  return `${identity.methods[0]}${scope?.project === undefined ? '' : ` to ${scope.project.id}`}`;
}

function catalogOf(origin: string, project: string) {
  const endpoint = (side: string, region: string) => {
    return { interface: side, region_id: region, url: `${origin}/${region}/${side}/v1/${project}/` };
  };
  const endpoints = ['one', 'two'].flatMap((region) => ['public', 'internal'].map((side) => endpoint(side, region)));
  return [
    { type: 'identity', endpoints: [{ interface: 'public', region_id: 'one', url: origin }] },
    { type: 'orchestration', endpoints },
  ];
}
