export { startController } from './controller.ts';
export { ControllerState } from './controller-state.ts';
export { type Decision, decide } from './decide.ts';
export { JobViews } from './job-view.ts';
export { type Plan, type PlanContext, type PlannedJob, planChange } from './plan.ts';
export { type ReconcileContext, writesOf } from './reconcile.ts';
export { pathKey, ResourceViews } from './resource-view.ts';
export { Unresolved } from './unresolved.ts';
