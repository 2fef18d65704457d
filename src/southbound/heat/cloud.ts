import type { Secret } from '../../kernel/index.ts';

/** How connections to a cloud are secured; all as PEM text. */
export interface CloudTls {
  /** The authorities to trust in place of the system's. */
  readonly ca?: string;
  /** True: whatever certificate a server shows is taken. */
  readonly insecure?: boolean;
  /** The client's own certificate and its key. */
  readonly certificate?: string;
  readonly key?: Secret;
}

/** Which user or project is meant: by id, or by a name in its domain. */
export type Named =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** Which of an endpoint's addresses in the catalogue is used. */
export type EndpointInterface = 'public' | 'internal' | 'admin';

/** Keystone, and which of Heat's endpoints in its catalogue is used. */
interface WithKeystone {
  /** Of Keystone's API, version 3: 'http://127.0.0.1:5000/v3'. */
  readonly authUrl: string;
  /** null: the first region of the catalogue. */
  readonly region: string | null;
  readonly interface: EndpointInterface;
  readonly tls?: CloudTls;
}

/** Heat without Keystone, as it runs with `flavor = noauth`: for development. */
export interface NoAuthCloud {
  readonly kind: 'none';
  /** 'http://127.0.0.1:8004/v1'; the project follows it in every request. */
  readonly endpoint: string;
  readonly tls?: CloudTls;
}

/** A user with a password, whose token is scoped anew to the project of each tenant. */
export interface PasswordCloud extends WithKeystone {
  readonly kind: 'password';
  readonly user: Named;
  readonly password: Secret;
}

/** An application credential: it serves the project that it was made in, and no other. */
export interface ApplicationCredentialCloud extends WithKeystone {
  readonly kind: 'applicationCredential';
  /** By id, or by a name that is its user's. */
  readonly credential: { readonly id: string } | { readonly name: string; readonly user: Named };
  readonly secret: Secret;
}

/** Where an OpenStack is, and who asks. */
export type Cloud = NoAuthCloud | PasswordCloud | ApplicationCredentialCloud;
