// npm run simulate -- --seeds 1000 [--from N] [--go-on], or -- --seed 42 [--trace]: builds what is missing, then simulates.
import { runBuilt } from './run-built.mjs';

await runBuilt('test', 'simulation', 'main.js');
