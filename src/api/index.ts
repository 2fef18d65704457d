export { type Api, createApi } from './api.ts';
export { type ListenerHandover, openListenerHandover } from './listener-handover.ts';
export { nestedUrl } from './nesting.ts';
export type { RequestEvent, RequestHooks, RequestSubject } from './request-hooks.ts';
