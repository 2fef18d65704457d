import { type CloudField, type CloudReading, type CloudTexts, cloudOf } from './cloud-settings.ts';

/** The variables of each field, as OpenStack's own clients name them. The first one that is set counts. */
const variables: { readonly [Field in CloudField]: readonly [string, ...string[]] } = {
  authType: ['OS_AUTH_TYPE'],
  authUrl: ['OS_AUTH_URL'],
  endpoint: ['OS_ENDPOINT'],
  username: ['OS_USERNAME'],
  userId: ['OS_USER_ID'],
  password: ['OS_PASSWORD'],
  userDomainName: ['OS_USER_DOMAIN_NAME'],
  userDomainId: ['OS_USER_DOMAIN_ID'],
  defaultDomainName: ['OS_DEFAULT_DOMAIN_NAME'],
  defaultDomainId: ['OS_DEFAULT_DOMAIN', 'OS_DEFAULT_DOMAIN_ID'],
  credentialId: ['OS_APPLICATION_CREDENTIAL_ID'],
  credentialName: ['OS_APPLICATION_CREDENTIAL_NAME'],
  credentialSecret: ['OS_APPLICATION_CREDENTIAL_SECRET'],
  region: ['OS_REGION_NAME'],
  interface: ['OS_INTERFACE', 'OS_ENDPOINT_TYPE'],
  insecure: ['OS_INSECURE'],
  verify: ['OS_VERIFY'],
  caFile: ['OS_CACERT'],
  certificateFile: ['OS_CERT'],
  keyFile: ['OS_KEY'],
};

/** The fields that are only set by users who mean a cloud. */
const telling = ['authType', 'authUrl', 'endpoint', 'username', 'userId', 'password', 'credentialSecret'] as const;

/** Returns the cloud that OS_* of an environment describes, or null. @throws CLOUD_INVALID */
export function cloudOfEnvironment(environment: { readonly [name: string]: string | undefined }): CloudReading | null {
  const find = (field: CloudField) => {
    const place = variables[field].find((name) => (environment[name] ?? '') !== '');
    return place === undefined ? null : { text: environment[place] ?? '', place };
  };
  const texts: CloudTexts = { find, placeOf: (field) => variables[field][0] };
  return telling.some((field) => find(field) !== null) ? cloudOf(texts) : null;
}
