export {
  type ConfigRecord,
  decodeConfig,
  decodeProcessed,
  encodeConfig,
  encodeProcessed,
  type ProcessedConfig,
  sameBody,
} from './config-record.ts';
export {
  decodeHandler,
  decodeWorker,
  encodeHandler,
  encodeWorker,
  type HandlerRecord,
  handlerKey,
  workerKey,
} from './handler-record.ts';
export {
  decodeFinished,
  decodeJob,
  encodeFinished,
  encodeJob,
  type Job,
  type JobAction,
  type JobParam,
  newJobId,
  parseJobId,
  type QueuedJob,
} from './job.ts';
export { decodeFailure, encodeFailure, failureKey, type JobFailure, parseFailureKey } from './job-failure.ts';
export { decodeLoss, encodeLoss, freeFromMs, type JobLoss, lossKey, parseLossKey } from './job-loss.ts';
export {
  decodeAnswer,
  decodeRequest,
  encodeAnswer,
  encodeRequest,
  type JobAnswer,
  type JobRequest,
  requestKey,
} from './job-request.ts';
export {
  type Family,
  familyPrefix,
  type JobQueue,
  jobKey,
  jobQueues,
  keys,
  parseJobKey,
  parseResourceKey,
  type ResourceKey,
  resourceKey,
  TEMPLATE_TYPE,
} from './keys.ts';
export {
  decodeSecretNames,
  encodeSecretNames,
  jobMarkKey,
  outputsMarkKey,
  PROPERTY_MARKS,
  parseSecretMarkKey,
  propertyMarkKey,
  SECRET_MARKS,
} from './secret-marks.ts';
export { encodeStack, type StackRecord, stackName, stackOutputs } from './stack-record.ts';
export {
  completedState,
  decodeMonitoring,
  decodeState,
  encodeState,
  failedState,
  failureOf,
  READ_COMPLETE,
  readComplete,
  type StateRecord,
} from './state-record.ts';
