import { homedir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { errorText, isMissing, limits, readTextFile, Secret } from '../kernel/index.ts';
import {
  type Cloud,
  type CloudReading,
  type CloudsFile,
  type CloudText,
  type CloudTls,
  certificatesOf,
  cloudFault,
  cloudOfEnvironment,
  cloudOfYaml,
} from '../southbound/heat/index.ts';
import { withHome } from './settings/settings.ts';

type Environment = { readonly [name: string]: string | undefined };

/**
 * The cloud that the environment names: OS_CLOUD of a clouds.yaml, else the one that OS_* describes; null if it names
 * none. Reads certificates from their files. @throws CLOUD_INVALID
 */
export async function readCloud(environment: Environment): Promise<Cloud | null> {
  const name = environment.OS_CLOUD ?? '';
  const reading = name === '' ? cloudOfEnvironment(environment) : await readClouds(name, environment);
  return reading === null ? null : await withCertificates(reading);
}

async function readClouds(name: string, environment: Environment): Promise<CloudReading> {
  const clouds = await firstOf(pathsOf('clouds', environment.OS_CLIENT_CONFIG_FILE, environment));
  if (clouds === null) {
    const looked = pathsOf('clouds', environment.OS_CLIENT_CONFIG_FILE, environment).join(', ');
    throw cloudFault('OS_CLOUD', `there is no clouds.yaml; these were looked for: ${looked}`);
  }
  return cloudOfYaml(name, clouds, await firstOf(pathsOf('secure', environment.OS_CLIENT_SECURE_FILE, environment)));
}

/** The paths at which OpenStack's own clients look for a file, in their order. */
function pathsOf(kind: 'clouds' | 'secure', named: string | undefined, environment: Environment): readonly string[] {
  if (named !== undefined && named !== '') return [withHome(named)];
  const configuration = environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config');
  const folders = ['.', join(configuration, 'openstack'), '/etc/openstack'];
  return folders.flatMap((folder) => ['yaml', 'yml'].map((ending) => join(folder, `${kind}.${ending}`)));
}

async function firstOf(paths: readonly string[]): Promise<CloudsFile | null> {
  for (const path of paths) {
    const text = await readText(path, path);
    if (text !== null) return { path, text };
  }
  return null;
}

async function withCertificates({ cloud, files }: CloudReading): Promise<Cloud> {
  const ca = await readCertificate(files.ca);
  const certificate = await readCertificate(files.certificate);
  // One file may hold both certificate and key; it is then named once.
  const key = await readCertificate(files.key ?? files.certificate);
  const tls: CloudTls = {
    ...cloud.tls,
    ...(ca !== null && { ca }),
    ...(certificate !== null && { certificate }),
    ...(key !== null && { key: new Secret(key) }),
  };
  try {
    createSecureContext(certificatesOf(tls));
  } catch (error) {
    const place = [files.ca, files.certificate, files.key].flatMap((file) => file?.place ?? []).join(', ');
    throw cloudFault(place, 'these certificates cannot be used', error);
  }
  return Object.keys(tls).length === 0 ? cloud : { ...cloud, tls };
}

async function readCertificate(file: CloudText | null): Promise<string | null> {
  if (file === null) return null;
  const text = await readText(withHome(file.text), file.place);
  if (text === null) throw cloudFault(file.place, 'the file is not there');
  return text;
}

/** The content of a file, or null if it doesn't exist. */
async function readText(path: string, place: string): Promise<string | null> {
  try {
    return await readTextFile(path, limits.cloudFileBytes);
  } catch (error) {
    if (isMissing(error)) return null;
    throw cloudFault(place, `it cannot be read: ${errorText(error)}`, error);
  }
}
