import { type KamadoError, kamadoError } from '../../kernel/index.ts';

/** The endpoint and headers for one project. */
export interface Access {
  /** The base URL of the project's API, without a slash at its end: 'http://127.0.0.1:8004/v1/<project>'. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The source of access to projects. */
export interface AccessSource {
  /** Returns access to a project. @throws STACK_ACCESS, STACK_UNAVAILABLE, STACK_ANSWER_INVALID, OVERLOADED */
  readonly to: (project: string) => Promise<Access>;
  /** Discards access that Heat refused. Returns whether the next one will be different. */
  readonly discard: (project: string, access: Access) => boolean;
  readonly close: () => void;
}

/** The user in requests to a Heat without authentication, which accepts any. */
const USER = 'kamado';

/** The project names that fit into a URL and a header: printable ASCII that isn't a path of its own. */
const PROJECT = /^(?!\.{1,2}$)[!-.0-~](?:[ -.0-~]{0,253}[!-.0-~])?$/;

/** Returns access to a Heat without authentication: the project is in the URL and in a header. */
export function openAccess(endpoint: string): AccessSource {
  const start = endpoint.replace(/\/+$/, '');
  return {
    to: async (project) => {
      if (!PROJECT.test(project)) throw noProject(start, project);
      const headers = { 'x-auth-project': project, 'x-auth-user': USER };
      return { endpoint: `${start}/${encodeURIComponent(project)}`, headers };
    },
    discard: () => false,
    close: () => {},
  };
}

function noProject(endpoint: string, project: string): KamadoError {
  const reason = 'without Keystone, the name of a project is made of printable ASCII letters and no slash';
  return kamadoError('STACK_ACCESS', { service: 'Heat', endpoint, project, reason });
}
