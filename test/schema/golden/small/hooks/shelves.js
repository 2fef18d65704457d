import { defineHooks } from 'kamado';

export const shelves = defineHooks('shelf', { actions: { empty: () => [] } });
