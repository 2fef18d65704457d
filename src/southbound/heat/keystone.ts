import {
  type ErrorParam,
  ForeignText,
  type JsonObject,
  type KamadoError,
  kamadoError,
  type Log,
  limits,
  type Redactor,
  type Runtime,
  redactorOf,
  type Secret,
} from '../../kernel/index.ts';
import type { Access, AccessSource } from './access.ts';
import type { ApplicationCredentialCloud, PasswordCloud } from './cloud.ts';
import type { HttpAnswer, HttpSend } from './http.ts';
import { KeptTokens } from './kept-tokens.ts';
import { keystoneMessage, type Token, tokenIn } from './keystone-answers.ts';
import { manyListened, within } from './within.ts';

/** The parts of access by Keystone. */
export interface KeystoneOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly send: HttpSend;
  readonly cloud: PasswordCloud | ApplicationCredentialCloud;
}

/** Returns access to projects by Keystone's API v3: a token for each, kept until shortly before it expires. */
export function keystoneAccess(options: KeystoneOptions): AccessSource {
  return new KeystoneAccess(options);
}

/** The key of the token that isn't for a tenant's project, which also names the project in errors about it. */
const OWN = '(any)';

class KeystoneAccess implements AccessSource {
  readonly #options: KeystoneOptions;
  readonly #own: KeptTokens;
  readonly #projects: KeptTokens;
  readonly #closing = manyListened();
  /** Keystone's answers may repeat the credentials. */
  readonly #redact: Redactor;

  constructor(options: KeystoneOptions) {
    this.#options = options;
    this.#redact = redactorOf([secretOf(options.cloud).reveal()]);
    this.#own = new KeptTokens(options.runtime);
    this.#projects = new KeptTokens(options.runtime);
  }

  async to(project: string): Promise<Access> {
    const { id, endpoint } = await this.#projects.get(project, () => this.#tokenFor(project));
    if (endpoint === null) throw this.#refused(project, this.#noEndpoint());
    return { endpoint, headers: { 'x-auth-token': id } };
  }

  discard(project: string, { headers }: Access): boolean {
    const id = headers['x-auth-token'] ?? '';
    this.#projects.discard(project, id);
    this.#own.discard(OWN, id);
    return true;
  }

  close(): void {
    this.#closing.abort();
  }

  /** Requests a token. No caller's cancellation ends it: others may wait for the same token. */
  #tokenFor(project: string): Promise<Token> {
    const { runtime } = this.#options;
    return within(
      runtime,
      limits.stackRequestTimeoutMs,
      [this.#closing.signal],
      (reason) => this.#unavailable(reason),
      (signal) => this.#logIn(project, signal),
    );
  }

  async #logIn(project: string, signal: AbortSignal): Promise<Token> {
    const { cloud } = this.#options;
    switch (cloud.kind) {
      case 'password':
        return await this.#rescoped(cloud, project, signal);
      case 'applicationCredential': {
        const own = await this.#own.get(OWN, () => this.#ownToken(credentialIdentity(cloud), signal));
        if (own.project === project) return own;
        const reason = `an application credential serves the project that it was made in (${own.project}), and no other`;
        throw this.#refused(project, reason);
      }
    }
  }

  /**
   * Returns the user's token, scoped to the project (compatibility W2). If a token is refused, it may have expired, it
   * may not be allowed to be rescoped, or its user may have no role there: a login with the password shows which.
   */
  async #rescoped(cloud: PasswordCloud, project: string, signal: AbortSignal): Promise<Token> {
    const identity = passwordIdentity(cloud);
    const scope = { project: { id: project } };
    const own = await this.#own.get(OWN, () => this.#ownToken({ ...identity, scope: 'unscoped' }, signal));
    const byToken = await this.#ask({ identity: { methods: ['token'], token: { id: own.id } }, scope }, signal);
    if (![401, 403, 404].includes(byToken.status)) return this.#token(byToken, project);
    const { log } = this.#options;
    log.debug({ project, status: byToken.status }, 'A token was not scoped anew; the password is asked for one.');
    const token = this.#token(await this.#ask({ ...identity, scope }, signal), project);
    if (byToken.status !== 403) this.#own.discard(OWN, own.id);
    return token;
  }

  async #ownToken(auth: JsonObject, signal: AbortSignal): Promise<Token> {
    return this.#token(await this.#ask(auth, signal), OWN);
  }

  #ask(auth: JsonObject, signal: AbortSignal): Promise<HttpAnswer> {
    const { send, cloud } = this.#options;
    return send({
      method: 'POST',
      url: `${cloud.authUrl}/auth/tokens`,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
      signal,
    });
  }

  #token(answer: HttpAnswer, project: string): Token {
    const { status } = answer;
    if (status === 201) return tokenIn(answer, this.#options.cloud, (reason) => this.#invalid(reason));
    const message = this.#redact(keystoneMessage(answer));
    const reason = message === '' ? `it answered with status ${status}` : new ForeignText(message);
    if (status === 408 || status === 429 || status >= 500) throw this.#unavailable(reason);
    // Keystone answers 400 for the form of names and domains, which come from the settings.
    if (status === 400 || status === 401 || status === 403) throw this.#refused(project, reason);
    throw this.#invalid(`it answered with status ${status}`);
  }

  #noEndpoint(): string {
    const { region, interface: side } = this.#options.cloud;
    const where = region === null ? 'any region' : `region ${region}`;
    return `its catalogue has no ${side} endpoint of the service type orchestration in ${where}`;
  }

  #refused(project: string, reason: ErrorParam): KamadoError {
    return kamadoError('STACK_ACCESS', { ...this.#place(), project, reason });
  }

  #unavailable(reason: ErrorParam): KamadoError {
    return kamadoError('STACK_UNAVAILABLE', { ...this.#place(), reason });
  }

  #invalid(reason: string): KamadoError {
    return kamadoError('STACK_ANSWER_INVALID', { ...this.#place(), reason });
  }

  #place(): { readonly service: string; readonly endpoint: string } {
    return { service: 'Keystone', endpoint: this.#options.cloud.authUrl };
  }
}

function secretOf(cloud: PasswordCloud | ApplicationCredentialCloud): Secret {
  return cloud.kind === 'password' ? cloud.password : cloud.secret;
}

function passwordIdentity({ user, password }: PasswordCloud): JsonObject {
  return { identity: { methods: ['password'], password: { user: { ...user, password: password.reveal() } } } };
}

function credentialIdentity({ credential, secret }: ApplicationCredentialCloud): JsonObject {
  const application_credential = { ...credential, secret: secret.reveal() };
  return { identity: { methods: ['application_credential'], application_credential } };
}
