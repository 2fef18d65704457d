export type {
  Stack,
  StackEngine,
  StackEvent,
  StackOutput,
  StackProgress,
  StackRef,
  StackRequest,
  StackSummary,
} from './stack.ts';
export { type ObservedStatus, StackWatch } from './stack-watch.ts';
