export { explainType, explanationJson, explanationLines } from './explanation.ts';
export { code, plain, table } from './markdown.ts';
export { catalogReference } from './reference.ts';
export { servedModel, templateRows } from './served-model.ts';
