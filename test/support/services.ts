/** Something real that tests run against, and that isn't ours. */
export type Service = 'etcd' | 'postgresql' | 'heat' | 'keystone' | `python3 with ${string}`;

/** Set to 'required', a missing service is a failure, not a reason to skip; set to 'none', none is used. */
const ASKED = process.env.KAMADO_TEST_SERVICES;

/**
 * Options for a test that needs the service: a reason to skip where it isn't there. Throws where it must be.
 * `test('…', needs('etcd', etcdAvailable()), async () => { … })`
 */
export function needs(service: Service, available: boolean): { readonly skip?: string } {
  if (ASKED === 'none') return { skip: `KAMADO_TEST_SERVICES=none: ${service} is not used` };
  if (available) return {};
  const reason = `${service} is not installed here`;
  if (ASKED === 'required') throw new Error(`${reason}, and KAMADO_TEST_SERVICES asks for it`);
  return { skip: reason };
}
