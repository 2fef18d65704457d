export { type Catalog, loadCatalog, readSchemas } from './catalog.ts';
export { type CatalogChanges, catalogChanges, changesText } from './catalog-changes.ts';
export { type CheckedCatalog, checkCatalog } from './catalog-check.ts';
export { refuseUnknownHandlers, unknownHandlers } from './catalog-handlers.ts';
export type { CatalogRow } from './catalog-rows.ts';
export { writeEditorFiles } from './editor-files.ts';
export { differencesOf } from './examples/differences.ts';
export type {
  Answered,
  Example,
  ExampleStep,
  ExpectedList,
  ExpectedResource,
  FedState,
  StepAction,
} from './examples/example.ts';
export { readExamples } from './examples/read-examples.ts';
export { type Reference, resolvedObject, valueAt } from './examples/references.ts';
export { FolderWatch } from './folder-watch.ts';
export { createCatalog } from './new-catalog.ts';
export { writeTypeDeclarations } from './type-declarations.ts';
