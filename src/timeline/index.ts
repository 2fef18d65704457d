export { startTimeline } from './timeline.ts';
