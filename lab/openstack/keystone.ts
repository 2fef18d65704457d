import { isJsonObject, type Json, type JsonObject, parseJson, type Runtime } from '../../src/kernel/index.ts';
import { type Answer, jsonAnswer, type ServiceRequest } from './answer.ts';

/** The options of the double's Keystone. */
export interface KeystoneOptions {
  /** Defaults: 'kamado', the password 'kamado-lab', the domain 'Default'. They are no secrets: they protect nothing. */
  readonly user?: string;
  readonly password?: string;
  readonly domain?: string;
  readonly region?: string;
  /** The ids of the projects, which are also their names. By default, any requested project exists. */
  readonly projects?: readonly string[];
  /** If one of them is 'admin', Heat returns the stacks of every project to the user. Default: ['member']. */
  readonly roles?: readonly string[];
  /** The time to live of a token. */
  readonly tokenLifeMs?: number;
}

/** The scope of a token. */
interface Token {
  readonly project: string | null;
  readonly methods: readonly string[];
  readonly issuedMs: number;
  readonly expiresMs: number;
}

/** The owner of a token, and the project that it is scoped to. */
export interface TokenOwner {
  readonly project: string;
  readonly user: string;
  readonly isAdmin: boolean;
}

const TOKEN_LIFE_MS = 3_600_000;
const USER_ID = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const DOMAIN_ID = 'default';
/** The number of remembered tokens. The oldest is dropped. */
const MOST_TOKENS = 10_000;

const unauthorized: JsonObject = {
  error: { code: 401, message: 'The request you have made requires authentication.', title: 'Unauthorized' },
};

/** A simulated Keystone, API v3: tokens by password, by token and by application credential, and the catalogue. */
export class Keystone {
  readonly #runtime: Runtime;
  readonly #options: Required<Omit<KeystoneOptions, 'projects'>> & Pick<KeystoneOptions, 'projects'>;
  readonly #tokens = new Map<string, Token>();
  /** By id. */
  readonly #credentials = new Map<string, { readonly secret: string; readonly project: string }>();

  constructor(runtime: Runtime, options: KeystoneOptions) {
    this.#runtime = runtime;
    this.#options = {
      user: 'kamado',
      password: 'kamado-lab',
      domain: 'Default',
      region: 'RegionOne',
      roles: ['member'],
      tokenLifeMs: TOKEN_LIFE_MS,
      ...options,
    };
  }

  /** The variables of OpenStack's clients for a login with the password. */
  environment(origin: string): { readonly [name: string]: string } {
    const { user, password, domain, region } = this.#options;
    return {
      OS_AUTH_TYPE: 'password',
      OS_AUTH_URL: `${origin}/identity/v3`,
      OS_USERNAME: user,
      OS_PASSWORD: password,
      OS_USER_DOMAIN_NAME: domain,
      OS_REGION_NAME: region,
      OS_IDENTITY_API_VERSION: '3',
    };
  }

  /** Makes an application credential of a project. Returns the variables for a login with it. */
  applicationCredential(origin: string, project: string): { readonly [name: string]: string } {
    const id = this.#hex();
    const secret = this.#hex();
    this.#credentials.set(id, { secret, project });
    return {
      OS_AUTH_TYPE: 'v3applicationcredential',
      OS_AUTH_URL: `${origin}/identity/v3`,
      OS_APPLICATION_CREDENTIAL_ID: id,
      OS_APPLICATION_CREDENTIAL_SECRET: secret,
      OS_REGION_NAME: this.#options.region,
    };
  }

  /** Revokes every issued token. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** Returns the owner of a token, or null if it isn't valid. */
  ownerOf(token: string | undefined): TokenOwner | null {
    const known = this.#valid(token);
    if (known === null || known.project === null) return null;
    const { user, roles } = this.#options;
    return { project: known.project, user, isAdmin: roles.includes('admin') };
  }

  /** Answers a request below '/identity'. */
  answer(request: ServiceRequest): Answer {
    const [, version, ...rest] = request.path;
    const path = rest.join('/');
    if (version !== 'v3') return notFound();
    if (path === '' && request.method === 'GET') return this.#versionAnswer(request);
    if (path === 'auth/tokens' && request.method === 'POST') return this.#issue(request);
    return notFound();
  }

  /** Heat's answer to a request without a valid token. */
  refusal(origin: string): Answer {
    return jsonAnswer(401, unauthorized, { 'WWW-Authenticate': `Keystone uri="${origin}/identity"` });
  }

  #versionAnswer({ origin }: ServiceRequest): Answer {
    const links = [{ rel: 'self', href: `${origin}/identity/v3/` }];
    return jsonAnswer(200, { version: { id: 'v3.14', status: 'stable', links, 'media-types': [] } });
  }

  #issue({ body, origin }: ServiceRequest): Answer {
    const auth = at(parseJson(body.toString('utf8')), 'auth');
    const methods = at(auth, 'identity', 'methods');
    const [method] = Array.isArray(methods) ? methods : [];
    const from = typeof method === 'string' ? this.#authenticated(method, at(auth, 'identity', method)) : null;
    if (from === null) return jsonAnswer(401, unauthorized);
    const project = from.project ?? this.#scopeOf(at(auth, 'scope', 'project'));
    if (project === undefined) return jsonAnswer(401, unauthorized);
    const id = this.#hex();
    const token = { ...from, project };
    this.#tokens.set(id, token);
    const [oldest] = this.#tokens.keys();
    if (this.#tokens.size > MOST_TOKENS && oldest !== undefined) this.#tokens.delete(oldest);
    return jsonAnswer(201, { token: this.#view(token, origin) }, { 'X-Subject-Token': id, Vary: 'X-Auth-Token' });
  }

  /** Returns null if the credentials are wrong. */
  #authenticated(method: string, given: Json | undefined): Token | null {
    const issuedMs = this.#runtime.nowMs();
    const token = { methods: [method], issuedMs, expiresMs: issuedMs + this.#options.tokenLifeMs };
    switch (method) {
      case 'password':
        return this.#isUser(at(given, 'user')) ? { ...token, project: null } : null;
      case 'application_credential': {
        const credential = this.#credentials.get(String(at(given, 'id') ?? ''));
        const isRight = credential !== undefined && at(given, 'secret') === credential.secret;
        return isRight ? { ...token, project: credential.project } : null;
      }
      case 'token': {
        const known = this.#valid(String(at(given, 'id') ?? ''));
        // It expires no later than the token that it comes from.
        return known && { ...known, project: null, methods: ['token', ...known.methods], issuedMs };
      }
      default:
        return null;
    }
  }

  #isUser(user: Json | undefined): boolean {
    const { user: name, password, domain } = this.#options;
    const isInDomain = at(user, 'domain', 'name') === domain || at(user, 'domain', 'id') === DOMAIN_ID;
    const isKnown = at(user, 'id') === USER_ID || (at(user, 'name') === name && isInDomain);
    return isKnown && at(user, 'password') === password;
  }

  /** Returns null if no project is requested, undefined for one that isn't the user's. */
  #scopeOf(project: Json | undefined): string | null | undefined {
    if (project === undefined) return null;
    const id = at(project, 'id') ?? at(project, 'name');
    if (typeof id !== 'string') return undefined;
    return this.#options.projects?.includes(id) === false ? undefined : id;
  }

  #valid(token: string | undefined): Token | null {
    const known = this.#tokens.get(token ?? '');
    return known !== undefined && known.expiresMs > this.#runtime.nowMs() ? known : null;
  }

  #view({ project, methods, issuedMs, expiresMs }: Token, origin: string): JsonObject {
    const { user, domain, roles } = this.#options;
    const inDomain = { domain: { id: DOMAIN_ID, name: domain } };
    return {
      methods,
      user: { ...inDomain, id: USER_ID, name: user, password_expires_at: null },
      audit_ids: [this.#hex()],
      issued_at: new Date(issuedMs).toISOString(),
      expires_at: new Date(expiresMs).toISOString(),
      ...(project !== null && {
        project: { ...inDomain, id: project, name: project },
        is_domain: false,
        roles: roles.map((name) => ({ id: name, name })),
        catalog: this.#catalog(project, origin),
      }),
    };
  }

  #catalog(project: string, origin: string): readonly JsonObject[] {
    const service = (type: string, name: string, url: string): JsonObject => ({
      type,
      name,
      id: name,
      endpoints: ['public', 'internal', 'admin'].map((reach) => ({
        ...{ id: `${name}-${reach}`, interface: reach, url },
        ...{ region: this.#options.region, region_id: this.#options.region },
      })),
    });
    return [
      service('identity', 'keystone', `${origin}/identity/v3`),
      service('orchestration', 'heat', `${origin}/v1/${project}`),
    ];
  }

  #hex(): string {
    return this.#runtime.uuid().replaceAll('-', '');
  }
}

function notFound(): Answer {
  return jsonAnswer(404, { error: { code: 404, message: 'Could not find the resource.', title: 'Not Found' } });
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>(
    (inner, key) => (isJsonObject(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined),
    value,
  );
}
