export { type Action, actionsOf } from './action.ts';
export { type ActionValidator, actionSchemaFault, createActionValidator } from './action-validator.ts';
export type {
  Behaviour,
  Child,
  ComputeStep,
  Counter,
  CounterAllocation,
  FollowUp,
  NumberForm,
  Pool,
  PoolAllocation,
  RelatedUpdate,
} from './behaviour/behaviour.ts';
export { type BehaviourStyle, behaviourText, type Sentence } from './behaviour/behaviour-text.ts';
export { bitmapText, bitsFor, withBit } from './behaviour/bitmap.ts';
export { readByAllocation } from './behaviour/compute-order.ts';
export { generated } from './behaviour/generated.ts';
export { influenceText, referrersOf } from './behaviour/influence-text.ts';
export { common, numberOf, type Range, rangesOf, sizeOf, without } from './behaviour/ranges.ts';
export type { Condition, Value } from './behaviour/value.ts';
export { evaluateValue, holdsFor, type ValueContext } from './behaviour/value-evaluator.ts';
export { conditionReadsOthers, isGenerated, readsOthers } from './behaviour/value-visits.ts';
export { compileModel, tryCompileModel } from './compile-model.ts';
export { withDefaults } from './defaults.ts';
export { rowFileSchema, schemaFileSchema } from './editor-schema.ts';
export { formats } from './formats.ts';
export { isValidId } from './ids.ts';
export type { Mapping, MappingContext } from './mapping.ts';
export { checkMapping, endOfPath } from './mapping-checks.ts';
export { evaluateMapping } from './mapping-evaluator.ts';
export { explainMapping } from './mapping-explanation.ts';
export { explanationText } from './mapping-explanation-text.ts';
export { possibleTexts } from './mapping-outcomes.ts';
export { parseMapping } from './mapping-parser.ts';
export { collectReferences } from './mapping-references.ts';
export { unlessMissing } from './mapping-run.ts';
export { isSecretParameter } from './mapping-secrets.ts';
export { mappingText } from './mapping-text.ts';
export { means, text } from './metaschema-parts.ts';
export {
  type HandlerBinding,
  type HandlerRetry,
  type Model,
  type Property,
  propertySource,
  type ResourceType,
  relationsOf,
  type StateForm,
  secretsIn,
} from './model.ts';
export { ipv4Text } from './networks.ts';
export { idFormat, newId } from './new-id.ts';
export { hasProjection, mirrorContent, mirrorKey, mirrorKeyPrefix, type Projection } from './projection.ts';
export { kindFault } from './property-kind.ts';
export { inReferenceOrder } from './reference-order.ts';
export { type SchemaCheck, SchemaCompiler } from './schema-compiler.ts';
export {
  type FileFault,
  faultsError,
  faultText,
  type Position,
  type SchemaDocument,
  schemaInvalid,
} from './schema-faults.ts';
export {
  evaluateStatus,
  type Matcher,
  type StatusFacts,
  type StatusMachine,
  type StatusRow,
  type StatusRule,
  statusFacts,
} from './status-machine.ts';
export { builtInMachines } from './status-machines.ts';
export { structureFault } from './structure-fault.ts';
export { templateIdOf } from './template-id.ts';
export { validationFailed } from './validation-faults.ts';
export { createValidator, type Validator } from './validator.ts';
