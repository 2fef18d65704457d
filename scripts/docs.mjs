// npm run docs: builds what is missing, then writes the pages of docs/ that are made from the code.
import { runBuilt } from './run-built.mjs';

await runBuilt('tools', 'docs', 'main.js');
