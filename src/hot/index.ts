/** HOT, the templates of OpenStack Heat: reading, checking and resolving them. Pure. */
export { type BoundParameters, bindParameters } from './bind-parameters.ts';
export { hotFunctions } from './functions.ts';
export { HotFault, type HotFaultKind } from './hot-fault.ts';
export { hotTags, hotToJson } from './hot-to-json.ts';
export { documentParameters, isHotDocument } from './parameter-schema.ts';
export { type PropertySchema, typedProperties } from './properties.ts';
export { pseudoParameters } from './pseudo-parameters.ts';
export { parametersIn } from './references.ts';
export { type FunctionScope, lookUp, resolveFunctions } from './resolve.ts';
export type { ResourceTypeSchema } from './resource-type.ts';
export { mayHide, parameterLines, parametersSource } from './source-text.ts';
export { emptyTemplate, type HotTemplate, type ResourceDefinition, readTemplate } from './template.ts';
export { hotDocument } from './template-text.ts';
export { validateTemplate } from './validate.ts';
