import { type KamadoError, kamadoError } from '../../kernel/index.ts';

/** With what Heat is asked for one project. */
export interface Access {
  /** Where the project's API begins, without a slash at its end: 'http://127.0.0.1:8004/v1/<project>'. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Gives access to projects. */
export interface AccessSource {
  /** @throws STACK_ACCESS, STACK_UNAVAILABLE, STACK_ANSWER_INVALID, OVERLOADED */
  readonly to: (project: string) => Promise<Access>;
  /** Heat takes this access for invalid. True where the next one will be another. */
  readonly discard: (project: string, access: Access) => boolean;
  readonly close: () => void;
}

/** Who noauth Heat is told that asks; it believes everything. */
const USER = 'kamado';

/** What may stand in a URL and in a header: printable ASCII that is no path of its own. */
const PROJECT = /^(?!\.{1,2}$)[!-.0-~](?:[ -.0-~]{0,253}[!-.0-~])?$/;

/** Access to a Heat that asks nobody who they are: the project stands in the URL and in a header. */
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
