import { code, plain, table } from '../../src/explain/index.ts';
import { errorCatalogue } from '../../src/kernel/index.ts';

const introduction = `# Errors

Every error that a user can meet, by its code. \`npm run docs\` writes this page from
[\`src/kernel/error-catalogue.ts\`](../src/kernel/error-catalogue.ts); a test holds that it is current.

An [answer of the API](api.md#errors) carries the code as \`code\` and in \`type\`, the message as \`detail\` and \`error\`, and what to do as \`remedy\`.
A command prints message and remedy, and ends with an exit code that isn't 0. In the state of a resource \`error\` holds the message.
Codes don't change; messages may. What stands in braces is a parameter: it is filled in, a secret as a mask.

The status is that of an answer. Errors with 502 or 504 come from devices and clouds: they end jobs, and no request is answered with them.
A hook of a catalogue can refuse with a code of its own.
`;

/** The page of all errors: Markdown, sorted by code. */
export function errorPage(): string {
  const rows = Object.entries(errorCatalogue)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { status, message, remedy }]) => [
      `<a id="${name.toLowerCase()}"></a>${code(name)}`,
      `${status}`,
      withParameters(message),
      withParameters(remedy),
    ]);
  return `${introduction}\n${table(['code', 'status', 'message', 'what to do'], rows)}\n`;
}

/** A text of the catalogue, its parameters as code. */
function withParameters(text: string): string {
  return plain(text).replaceAll(/\{\w+\}/g, code);
}
