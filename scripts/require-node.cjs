// Ends the process with one line where Node is too old; what is said in package.json under engines.
'use strict';

const FIRST = [20, 19];
const found = process.versions.node.split('.').map(Number);

if (found[0] < FIRST[0] || (found[0] === FIRST[0] && found[1] < FIRST[1])) {
  process.stderr.write(`error: Kamado needs Node ${FIRST.join('.')} or later; this is ${process.versions.node}.\n`);
  process.exit(1);
}
