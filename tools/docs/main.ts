import { writeFileSync } from 'node:fs';
import { errorPage } from './error-page.ts';

// The command line starts it at the root of the repository.
writeFileSync('docs/errors.md', errorPage());
