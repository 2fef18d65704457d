// npm run attack [-- [--seed N] [--small] [attack …]]: builds what is missing, then attacks a Kamado of its own.
import { runBuilt } from './run-built.mjs';

await runBuilt('tools', 'attack', 'main.js');
