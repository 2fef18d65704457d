export { children } from './yaml-nodes.ts';
export { plainScalar } from './yaml-scalar.ts';
