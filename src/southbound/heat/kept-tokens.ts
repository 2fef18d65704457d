import { limits, type Runtime } from '../../kernel/index.ts';
import type { Token } from './keystone-answers.ts';

/** Valid tokens by their purpose. A request for a token that is being fetched waits for that one. */
export class KeptTokens {
  readonly #runtime: Runtime;
  readonly #tokens = new Map<string, Token>();
  readonly #logins = new Map<string, Promise<Token>>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Rejects as `login` does. */
  get(key: string, login: () => Promise<Token>): Promise<Token> {
    const kept = this.#tokens.get(key);
    if (kept !== undefined && this.#isUsable(kept)) return Promise.resolve(kept);
    const underWay = this.#logins.get(key) ?? this.#logIn(key, login);
    this.#logins.set(key, underWay);
    return underWay;
  }

  /** Drops a token, if it is still the same one. */
  discard(key: string, id: string): void {
    if (this.#tokens.get(key)?.id === id) this.#tokens.delete(key);
  }

  async #logIn(key: string, login: () => Promise<Token>): Promise<Token> {
    try {
      const token = await login();
      this.#keep(key, token);
      return token;
    } finally {
      this.#logins.delete(key);
    }
  }

  #isUsable({ expiresAtMs }: Token): boolean {
    return this.#runtime.nowMs() < expiresAtMs - limits.stackTokenMarginMs;
  }

  #keep(key: string, token: Token): void {
    this.#tokens.delete(key);
    // A token that lives for less than the margin serves only the current waiters.
    if (this.#isUsable(token)) this.#tokens.set(key, token);
    if (this.#tokens.size <= limits.stackTokens) return;
    const [oldest] = this.#tokens.keys();
    if (oldest !== undefined) this.#tokens.delete(oldest);
  }
}
