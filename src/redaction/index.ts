export { type MaskRules, maskStoreValue, type TemplateMappings, templateMappingsOf } from './mask-store-value.ts';
export { SecretMarks } from './secret-marks.ts';
