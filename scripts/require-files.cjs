// Ends the process with what to do where fewer files may be open than it needs: the loader of modules opens some ninety
// at a time, and says of one that it can't open whatever comes first.
'use strict';

const { readFileSync } = require('node:fs');

const FEWEST = 128;
const WANTED = 1024;

const limit = openFiles();
if (limit !== null && limit < FEWEST) {
  process.stderr.write(
    `error: Only ${limit} files may be open at a time (ulimit -n); Kamado needs ${FEWEST} or more.\n` +
      `Allow more: ulimit -n ${WANTED} in the shell, LimitNOFILE=${WANTED} in a unit of systemd, --ulimit nofile=${WANTED} for a container.\n`,
  );
  process.exit(1);
}

/** Returns the number of files that this process may have open; null if the system doesn't say. */
function openFiles() {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}
