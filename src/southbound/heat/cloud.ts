import type { Secret } from '../../kernel/index.ts';

/** The security of connections to a cloud, all as PEM text. */
export interface CloudTls {
  /** The authorities to trust instead of the system's ones. */
  readonly ca?: string;
  /** Whether any certificate of a server is accepted. */
  readonly insecure?: boolean;
  /** The client's own certificate and its key. */
  readonly certificate?: string;
  readonly key?: Secret;
}

/** A user or project: by id, or by a name in its domain. */
export type Named =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** The kind of address of an endpoint in the catalogue. */
export type EndpointInterface = 'public' | 'internal' | 'admin';

/** Keystone, and the selection of Heat's endpoint in its catalogue. */
interface WithKeystone {
  /** The URL of Keystone's API, version 3: 'http://127.0.0.1:5000/v3'. */
  readonly authUrl: string;
  /** null: the first region of the catalogue. */
  readonly region: string | null;
  readonly interface: EndpointInterface;
  readonly tls?: CloudTls;
}

/** Heat without Keystone, as it runs with `flavor = noauth`: for development. */
export interface NoAuthCloud {
  readonly kind: 'none';
  /** 'http://127.0.0.1:8004/v1'. In every request the project follows it. */
  readonly endpoint: string;
  readonly tls?: CloudTls;
}

/** A user with a password, whose token is rescoped to the project of each tenant. */
export interface PasswordCloud extends WithKeystone {
  readonly kind: 'password';
  readonly user: Named;
  readonly password: Secret;
}

/** An application credential. It is valid only for the project that it was made in. */
export interface ApplicationCredentialCloud extends WithKeystone {
  readonly kind: 'applicationCredential';
  /** By id, or by a name that belongs to its user. */
  readonly credential: { readonly id: string } | { readonly name: string; readonly user: Named };
  readonly secret: Secret;
}

/** The address of an OpenStack, and the credentials. */
export type Cloud = NoAuthCloud | PasswordCloud | ApplicationCredentialCloud;
