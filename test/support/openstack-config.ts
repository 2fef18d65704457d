/** How Heat logs in at Keystone. */
export interface HeatLogin {
  /** 'http://127.0.0.1:port', without a version. */
  readonly keystone: string;
  readonly password: string;
  /** The domain of the users that stacks make, and who may make them there. */
  readonly stackDomain: string;
  readonly stackAdmin: string;
  readonly stackAdminPassword: string;
}

/** The configuration of `heat-all`; without a login it asks nobody who they are. */
export function heatConfig(options: {
  readonly port: number;
  readonly database: string;
  readonly login: HeatLogin | null;
  readonly region: string;
}): string {
  const { port, database, login, region } = options;
  return ini({
    DEFAULT: {
      // API and engine are one process, so that messages between them stay in memory.
      transport_url: 'fake://',
      num_engine_workers: 1,
      auth_encryption_key: '0123456789abcdef0123456789abcdef',
      heat_metadata_server_url: 'http://127.0.0.1:8000',
      region_name_for_services: region,
      environment_dir: '/etc/heat/environment.d',
      template_dir: '/etc/heat/templates',
      use_stderr: true,
      ...(login === null ? withoutKeystone : domainOf(login)),
    },
    heat_all: { enabled_services: 'api,engine' },
    heat_api: { bind_host: '127.0.0.1', bind_port: port, workers: 1 },
    database: { connection: database },
    oslo_messaging_notifications: { driver: 'noop' },
    paste_deploy: {
      api_paste_config: '/etc/heat/api-paste.ini',
      ...(login === null && { flavor: 'noauth' }),
    },
    ...(login !== null && keystoneOf(login)),
  });
}

/** The configuration of Keystone. */
export function keystoneConfig(options: {
  readonly folder: string;
  readonly database: string;
  readonly tokenSeconds: number;
}): string {
  const { folder, database, tokenSeconds } = options;
  const keys = { key_repository: `${folder}/fernet/` };
  return ini({
    DEFAULT: { use_stderr: true },
    database: { connection: database },
    identity: { password_hash_rounds: 4 },
    token: { expiration: tokenSeconds },
    // Heat keeps a trust for each stack, and application credentials may make none (Launchpad bug 2150089).
    security_compliance: { allow_insecure_application_credential_trust_escalation: true },
    fernet_tokens: keys,
    fernet_receipts: keys,
    credential: { key_repository: `${folder}/credential/` },
    oslo_messaging_notifications: { driver: 'noop' },
  });
}

type Section = Readonly<Record<string, string | number | boolean>>;

const withoutKeystone: Section = {
  keystone_backend: 'heat.engine.clients.os.keystone.fake_keystoneclient.FakeKeystoneClient',
  deferred_auth_method: 'password',
};

function domainOf({ stackDomain, stackAdmin, stackAdminPassword }: HeatLogin): Section {
  return {
    stack_user_domain_id: stackDomain,
    stack_domain_admin: stackAdmin,
    stack_domain_admin_password: stackAdminPassword,
  };
}

function keystoneOf({ keystone, password }: HeatLogin): Readonly<Record<string, Section>> {
  const login = { auth_type: 'password', auth_url: keystone, username: 'heat', password, user_domain_id: 'default' };
  return {
    keystone_authtoken: {
      ...login,
      // A token that was revoked is refused at once.
      token_cache_time: -1,
      www_authenticate_uri: keystone,
      project_name: 'service',
      project_domain_id: 'default',
    },
    trustee: login,
    clients_keystone: { auth_uri: keystone },
  };
}

function ini(sections: Readonly<Record<string, Section>>): string {
  return Object.entries(sections)
    .map(([name, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key} = ${value}\n`);
      return `[${name}]\n${lines.join('')}`;
    })
    .join('\n');
}
