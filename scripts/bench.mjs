// npm run bench: builds what is missing, then measures; arguments are passed on.
import { runBuilt } from './run-built.mjs';

await runBuilt('bench', 'main.js');
