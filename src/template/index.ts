export { type DeclaredParameter, declaredParameters, hiddenParameters } from './hot-parameters.ts';
export { type MarkedJson, type MarkedObject, renderGuardedMarked, renderMarked } from './marked-document.ts';
export { parseTemplate, renderGuarded, type Template } from './template.ts';
