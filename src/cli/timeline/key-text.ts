import { isJsonObject, type Json, type JsonObject, parseJson } from '../../kernel/index.ts';

/** The resource that a timeline is about. */
export interface ShownResource {
  /** The path of its list, '/v2.0/ha_routers'. */
  readonly url: string;
  readonly id: string;
}

const JOBS = '/jobs/';

/**
 * A key without what is the same on every line: '/config' for the resource's config, '/jobs/ready monitoring_worker' for
 * a job (compatibility K2: the id of a job is `action:handler:type:id:version:random`).
 */
export function describeKey(key: string, { url, id }: ShownResource): string {
  const resource = `${url}/${id}`;
  if (key.endsWith(resource)) return key.slice(0, -resource.length);
  if (!key.startsWith(JOBS)) return key;
  const [list = '', job = ''] = key.slice(JOBS.length).split('/', 2);
  const handler = job.split(':')[1];
  return handler === undefined ? key : `${JOBS}${list} ${handler}`;
}

/** The part of a value that is printed: the error, the version of a config, the message of a state; '' for jobs. */
export function describeValue(value: string): string {
  const record = parseJson(value);
  if (!isJsonObject(record)) return '';
  if (typeof record.error === 'string' && record.error !== '') return `error: ${record.error}`;
  if ('body' in record) return typeof record.version === 'number' ? `version ${record.version}` : '';
  return members(isJsonObject(record.state) ? record.state : record);
}

function members(object: JsonObject): string {
  return Object.entries(object)
    .map(([name, value]) => `${name}=${plain(value)}`)
    .join(' ');
}

function plain(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
