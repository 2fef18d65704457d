export type { Cloud, CloudTls } from './cloud.ts';
export { cloudOfEnvironment } from './cloud-environment.ts';
export { type CloudReading, type CloudText, cloudFault } from './cloud-settings.ts';
export { type CloudsFile, cloudOfYaml } from './clouds-yaml.ts';
export { certificatesOf, type HttpAnswer, type HttpRequest, type HttpSend, nodeSend } from './http.ts';
export { openStackEngine } from './openstack-engine.ts';
