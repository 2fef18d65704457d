import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Cloud } from '../../../src/southbound/heat/cloud.ts';
import { cloudOfEnvironment } from '../../../src/southbound/heat/cloud-environment.ts';
import type { CloudReading } from '../../../src/southbound/heat/cloud-settings.ts';
import { cloudOfYaml } from '../../../src/southbound/heat/clouds-yaml.ts';

const PASSWORD = 'pass-w0rd-secret';

/** A cloud with its secrets shown, and the files that it names. */
function shown({ cloud, files }: CloudReading) {
  return { ...opened(cloud), files: Object.values(files).map((file) => file?.text ?? null) };
}

function opened(cloud: Cloud): object {
  switch (cloud.kind) {
    case 'none':
      return cloud;
    case 'password':
      return { ...cloud, password: cloud.password.reveal() };
    case 'applicationCredential':
      return { ...cloud, secret: cloud.secret.reveal() };
  }
}

function ofEnvironment(environment: Record<string, string>) {
  const reading = cloudOfEnvironment(environment);
  return reading === null ? null : shown(reading);
}

/** Where and why the settings cannot be used. */
function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(isKamadoError(error, 'CLOUD_INVALID'), String(error));
    assert.ok(!`${error.message} ${error.stack}`.includes(PASSWORD), 'no secret is told');
    return `${error.params.place}: ${error.params.reason}`;
  }
  return assert.fail('it was read');
}

const LOGIN = { OS_AUTH_URL: 'http://cloud.example:5000', OS_USERNAME: 'worker', OS_PASSWORD: PASSWORD };
const WITH_PASSWORD = {
  kind: 'password',
  authUrl: 'http://cloud.example:5000/v3',
  region: null,
  interface: 'public',
  user: { name: 'worker', domain: { id: 'default' } },
  password: PASSWORD,
  files: [null, null, null],
};

suite('A cloud in the environment', () => {
  test('nothing that tells of a cloud is none', () => {
    assert.equal(ofEnvironment({}), null);
    assert.equal(ofEnvironment({ OS_AUTH_URL: '', OS_REGION_NAME: 'one', PATH: '/bin' }), null);
  });

  test('a user with a password, and everything beside it', () => {
    assert.deepEqual(ofEnvironment(LOGIN), WITH_PASSWORD);
    const all = {
      ...LOGIN,
      OS_AUTH_TYPE: 'v3password',
      OS_USER_DOMAIN_NAME: 'users',
      OS_DEFAULT_DOMAIN: 'others',
      OS_PROJECT_NAME: 'of no meaning',
      OS_REGION_NAME: 'two',
      OS_INTERFACE: 'internalURL',
      OS_INSECURE: 'True',
      OS_CACERT: '/ca.pem',
      OS_CERT: '/client.pem',
      OS_KEY: '/client.key',
    };
    assert.deepEqual(ofEnvironment(all), {
      ...WITH_PASSWORD,
      region: 'two',
      interface: 'internal',
      user: { name: 'worker', domain: { name: 'users' } },
      tls: { insecure: true },
      files: ['/ca.pem', '/client.pem', '/client.key'],
    });
  });

  test('users and domains by id and by name', () => {
    const userOf = (more: Record<string, string>) => {
      const cloud = ofEnvironment({ ...LOGIN, ...more });
      return cloud !== null && 'user' in cloud && cloud.user;
    };
    assert.deepEqual(userOf({ OS_USER_ID: 'u1' }), { id: 'u1' });
    const domains = [
      [{ OS_USER_DOMAIN_ID: 'a', OS_USER_DOMAIN_NAME: 'b' }, { id: 'a' }],
      [{ OS_DEFAULT_DOMAIN: 'c' }, { id: 'c' }],
      [{ OS_DEFAULT_DOMAIN_NAME: 'd' }, { name: 'd' }],
    ] as const;
    for (const [more, domain] of domains) assert.deepEqual(userOf(more), { name: 'worker', domain });
  });

  test('an application credential, by id and by name', () => {
    const base = { OS_AUTH_URL: LOGIN.OS_AUTH_URL, OS_APPLICATION_CREDENTIAL_SECRET: PASSWORD };
    const { password: _, user: __, ...rest } = WITH_PASSWORD;
    const expected = { ...rest, kind: 'applicationCredential', secret: PASSWORD };
    assert.deepEqual(ofEnvironment({ ...base, OS_APPLICATION_CREDENTIAL_ID: 'c1' }), {
      ...expected,
      credential: { id: 'c1' },
    });
    const named = { OS_AUTH_TYPE: 'v3applicationcredential', OS_APPLICATION_CREDENTIAL_NAME: 'c', OS_USER_ID: 'u1' };
    assert.deepEqual(ofEnvironment({ ...base, ...named }), {
      ...expected,
      credential: { name: 'c', user: { id: 'u1' } },
    });
  });

  test('a Heat without Keystone', () => {
    assert.deepEqual(ofEnvironment({ OS_AUTH_TYPE: 'none', OS_ENDPOINT: 'http://127.0.0.1:8004/v1/' }), {
      kind: 'none',
      endpoint: 'http://127.0.0.1:8004/v1',
      files: [null, null, null],
    });
  });

  test('addresses of Keystone are those of its version 3', () => {
    const urls = [
      ['https://cloud.example', 'https://cloud.example/v3'],
      ['https://cloud.example/identity/', 'https://cloud.example/identity/v3'],
      ['https://cloud.example/identity/v3/', 'https://cloud.example/identity/v3'],
    ] as const;
    for (const [given, url] of urls) {
      assert.equal(Object(ofEnvironment({ ...LOGIN, OS_AUTH_URL: given })).authUrl, url);
    }
  });

  const wrong: readonly (readonly [Record<string, string>, string])[] = [
    [{ OS_AUTH_URL: '' }, 'OS_AUTH_URL: it is missing'],
    [{ OS_USERNAME: '' }, 'OS_USERNAME: it is missing'],
    [{ OS_PASSWORD: '' }, 'OS_PASSWORD: it is missing'],
    [{ OS_AUTH_URL: 'cloud.example' }, 'OS_AUTH_URL: it is not an http:// or https:// URL'],
    [{ OS_AUTH_URL: `http://u:${PASSWORD}@cloud.example` }, 'OS_AUTH_URL: it holds a user or a password'],
    [{ OS_AUTH_URL: `http://cloud.example/?${PASSWORD}` }, 'OS_AUTH_URL: it holds a query or a fragment'],
    [{ OS_AUTH_URL: 'http://cloud.example/v2.0' }, 'OS_AUTH_URL: it is of version 2 of the Identity API, not 3'],
    [{ OS_AUTH_TYPE: PASSWORD }, 'OS_AUTH_TYPE: it is not one of password, v3applicationcredential and none'],
    [{ OS_AUTH_TYPE: 'none' }, 'OS_ENDPOINT: it is missing'],
    [{ OS_ENDPOINT_TYPE: 'secret' }, 'OS_ENDPOINT_TYPE: it is not one of public, internal and admin'],
    [{ OS_INSECURE: 'perhaps' }, 'OS_INSECURE: it is neither true nor false'],
    [{ OS_APPLICATION_CREDENTIAL_ID: 'c1' }, 'OS_APPLICATION_CREDENTIAL_SECRET: it is missing'],
  ];
  for (const [more, fault] of wrong) {
    test(fault, () =>
      assert.equal(
        faultOf(() => cloudOfEnvironment({ ...LOGIN, ...more })),
        fault,
      ),
    );
  }
});

suite('A cloud of clouds.yaml', () => {
  const CLOUDS = `
clouds:
  other: &other
    auth: {auth_url: 'http://cloud.example:5000', username: worker, password: 0123}
    region_name: two
  prod:
    <<: *other
    interface: internal
    verify: no
    cacert: ~/ca.pem
  local: {auth_type: none, auth: {endpoint: 'http://127.0.0.1:8004/v1'}}
  empty:
  listed:
    auth_type: v3applicationcredential
    auth: {auth_url: 'http://cloud.example:5000/v3', application_credential_id: c1}
    regions: [{name: three}, four]
  regions: {auth_type: password, regions: [five], auth: {auth_url: 'http://cloud.example', user_id: u1, password: x}}
`;
  const read = (name: string, text = CLOUDS, secure: string | null = null) =>
    cloudOfYaml(name, { path: 'clouds.yaml', text }, secure === null ? null : { path: 'secure.yaml', text: secure });

  test('is read with its merges; every scalar is a text', () => {
    const expected = { ...WITH_PASSWORD, region: 'two', password: '0123' };
    assert.deepEqual(shown(read('other')), expected);
    assert.deepEqual(shown(read('prod')), {
      ...expected,
      interface: 'internal',
      tls: { insecure: true },
      files: ['~/ca.pem', null, null],
    });
    assert.equal(read('local').cloud.kind, 'none');
    assert.equal(Object(read('regions').cloud).region, 'five');
  });

  test('takes what secure.yaml says beside or instead', () => {
    const secure = `
clouds:
  other: {auth: {password: ${PASSWORD}}}
  listed: {auth: {application_credential_secret: ${PASSWORD}}}
`;
    assert.deepEqual(shown(read('other', CLOUDS, secure)), { ...WITH_PASSWORD, region: 'two' });
    const listed = shown(read('listed', CLOUDS, secure));
    assert.deepEqual([Object(listed).region, Object(listed).secret], ['three', PASSWORD]);
    assert.equal(read('local', CLOUDS, secure).cloud.kind, 'none');
  });

  test('faults name the file and the place', () => {
    const broken = CLOUDS.replace("auth_url: 'http://cloud.example:5000'", `auth_url: ${PASSWORD}`);
    const cases = [
      [() => read('other', broken), 'clouds.yaml: clouds.other.auth.auth_url: it is not an http:// or https:// URL'],
      [() => read('listed'), 'clouds.yaml: clouds.listed.auth.application_credential_secret: it is missing'],
      [() => read('empty'), 'clouds.yaml: clouds: it holds no cloud of the name in OS_CLOUD'],
      [() => read('constructor'), 'clouds.yaml: clouds: it holds no cloud of the name in OS_CLOUD'],
      [() => read('other', 'clouds: []'), 'clouds.yaml: clouds: it is missing, or no map'],
      [() => read('other', ''), 'clouds.yaml: clouds: it is missing, or no map'],
      [() => read('other', CLOUDS, 'x: 1'), 'secure.yaml: clouds: it is missing, or no map'],
      [() => read('other', `a: 1\nb: "${PASSWORD}`), 'clouds.yaml:2: no YAML (MISSING_CHAR)'],
    ] as const;
    for (const [run, fault] of cases) assert.equal(faultOf(run), fault);
  });

  test('hostile files are refused', () => {
    const laughs = Array.from({ length: 30 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`).join('\n');
    const texts = [
      'x'.repeat(limits.cloudFileBytes + 1),
      '['.repeat(100_000),
      `clouds: ${'{a: '.repeat(20_000)}1${'}'.repeat(20_000)}`,
      `a0: &a0 x\n${laughs}`,
      'clouds: *nothing',
      `${PASSWORD}: [`,
    ];
    for (const text of texts)
      assert.match(
        faultOf(() => read('other', text)),
        /^clouds\.yaml/,
      );
  });
});
