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
export { type Sight, StackWatch } from './stack-watch.ts';
