import { setTimeout as pause } from 'node:timers/promises';
import type { HeatLogin } from './openstack-config.ts';

/** What is in a test's Keystone. */
export interface KeystoneContents {
  /** An ordinary user, with the role member in some projects; of the domain 'default'. */
  readonly user: { readonly id: string; readonly name: string; readonly password: string };
  /** Ids of projects: two that the user works in, and one that they don't. */
  readonly projects: { readonly first: string; readonly second: string; readonly closed: string };
  /** Of the user, in the first project; it may make trusts, as Heat asks. */
  readonly credential: { readonly id: string; readonly secret: string };
}

type Call = (method: string, path: string, body?: unknown) => Promise<unknown>;

const WAIT_MS = 30_000;
const DEFAULT = { domain_id: 'default' };

/** Fills a Keystone that was just made with what Heat needs, and with users and projects. */
export async function fillKeystone(
  authUrl: string,
  adminPassword: string,
  heatUrl: string,
  region: string,
): Promise<KeystoneContents & { readonly login: HeatLogin }> {
  const admin = callAs(
    authUrl,
    await tokenOf(authUrl, 'admin', adminPassword, { name: 'admin', domain: { id: 'default' } }),
  );
  const roles = { admin: await find(admin, '/roles?name=admin'), member: await find(admin, '/roles?name=member') };
  await create(admin, '/roles', { role: { name: 'heat_stack_user' } });
  const login = await addHeat(admin, roles.admin, heatUrl, region);
  const projects = {
    first: await create(admin, '/projects', { project: { ...DEFAULT, name: 'first' } }),
    second: await create(admin, '/projects', { project: { ...DEFAULT, name: 'second' } }),
    closed: await create(admin, '/projects', { project: { ...DEFAULT, name: 'closed' } }),
  };
  const [name, password] = ['worker', 'worker-password'];
  const id = await create(admin, '/users', { user: { ...DEFAULT, name, password } });
  for (const project of [projects.first, projects.second]) {
    await admin('PUT', `/projects/${project}/users/${id}/roles/${roles.member}`);
  }
  const own = callAs(authUrl, await tokenOf(authUrl, name, password, { id: projects.first }));
  const secret = 'credential-secret';
  const body = { application_credential: { name: 'worker', secret, unrestricted: true } };
  const credential = { id: await create(own, `/users/${id}/application_credentials`, body), secret };
  return {
    user: { id, name, password },
    projects,
    credential,
    login: { ...login, keystone: authUrl.replace(/\/v3$/, '') },
  };
}

async function addHeat(
  admin: Call,
  adminRole: string,
  url: string,
  region: string,
): Promise<Omit<HeatLogin, 'keystone'>> {
  const password = 'heat-password';
  const stackAdminPassword = 'stack-admin-password';
  const stackAdmin = 'heat_domain_admin';
  const stackDomain = await create(admin, '/domains', { domain: { name: 'heat' } });
  const keeper = { name: stackAdmin, domain_id: stackDomain, password: stackAdminPassword };
  const keeperId = await create(admin, '/users', { user: keeper });
  await admin('PUT', `/domains/${stackDomain}/users/${keeperId}/roles/${adminRole}`);
  const project = await create(admin, '/projects', { project: { ...DEFAULT, name: 'service' } });
  const user = await create(admin, '/users', { user: { ...DEFAULT, name: 'heat', password } });
  await admin('PUT', `/projects/${project}/users/${user}/roles/${adminRole}`);
  const service_id = await create(admin, '/services', { service: { type: 'orchestration', name: 'heat' } });
  for (const side of ['public', 'internal', 'admin']) {
    await create(admin, '/endpoints', { endpoint: { interface: side, region_id: region, service_id, url } });
  }
  return { password, stackDomain, stackAdmin, stackAdminPassword };
}

async function tokenOf(authUrl: string, name: string, password: string, project: unknown): Promise<string> {
  const user = { name, password, domain: { id: 'default' } };
  const auth = { identity: { methods: ['password'], password: { user } }, scope: { project } };
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const response = await fetch(`${authUrl}/auth/tokens`, requestOf('POST', '', { auth }));
    const token = response.headers.get('x-subject-token');
    if (token !== null) return token;
    if (performance.now() > deadline) throw new Error(`no token: ${response.status} ${await response.text()}`);
    await pause(50);
  }
}

function callAs(authUrl: string, token: string): Call {
  return async (method, path, body) => {
    const response = await fetch(`${authUrl}${path}`, requestOf(method, token, body));
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
}

function requestOf(method: string, token: string, body: unknown): RequestInit {
  const headers = { 'content-type': 'application/json', ...(token !== '' && { 'x-auth-token': token }) };
  return { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
}

/** Creates something, and gives its id. */
async function create(call: Call, path: string, body: unknown): Promise<string> {
  const [made] = Object.values(Object(await call('POST', path, body)));
  return idOf(made);
}

/** The id of the first one of a list. */
async function find(call: Call, path: string): Promise<string> {
  const [list] = Object.values(Object(await call('GET', path))).filter((value) => Array.isArray(value));
  return idOf(Array.isArray(list) ? list[0] : undefined);
}

function idOf(thing: unknown): string {
  const id: unknown = Object(thing).id;
  if (typeof id !== 'string') throw new Error('Keystone gave no id');
  return id;
}
