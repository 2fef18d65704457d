import type { Command } from 'commander';
import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { clientOf, interruption } from './command-client.ts';
import { newCommand, optionOf, outputFormatOf, withEndpoint, withOutputFormat } from './common-options.ts';
import { objectOf } from './http-client.ts';
import { isTerminal, jsonLine, jsonText, print, printable } from './output.ts';
import { serverRefused } from './server-refused.ts';
import { entriesBelow, followStore, STORE } from './store-client.ts';

/** `kamado store`: a look into the store, through the running server. */
export function define(command: Command): void {
  command.addCommand(getCommand()).addCommand(lsCommand()).addCommand(watchCommand());
}

function getCommand(): Command {
  const command = leaf('get').description('print the value of a key').argument('<key>');
  return command.action(async (key: string) => {
    const client = clientOf(command);
    const answer = await client.find(`${STORE}/key?${new URLSearchParams({ key })}`);
    const entry = answer === null ? null : objectOf(client, answer).entry;
    if (!isJsonObject(entry)) {
      throw serverRefused(`The store has no key ${key}.`, 'kamado store ls lists the keys.');
    }
    print(wantsJson(command) ? jsonText(entry) : shown(entry.value));
  });
}

function lsCommand(): Command {
  const command = leaf('ls').description('list the keys').argument('[prefix]', 'what they begin with', '');
  return command.action(async (prefix: string) => {
    const entries: Json[] = [];
    for await (const entry of entriesBelow(clientOf(command), prefix)) {
      if (wantsJson(command)) entries.push(entry);
      else print(shown(entry.key));
    }
    if (wantsJson(command)) print(jsonText(entries));
  });
}

function watchCommand(): Command {
  const command = leaf('watch')
    .description('print changes as they happen, until Ctrl-C')
    .argument('[prefix]', 'what the keys begin with', '')
    .option('--from <revision>', 'begin with the changes of that revision');
  return command.action(async (prefix: string) => {
    const from = optionOf(command, 'from');
    for await (const change of await followStore(clientOf(command), prefix, from, interruption())) {
      print(wantsJson(command) ? jsonLine(change) : changeText(change));
    }
  });
}

function changeText(change: JsonObject): string {
  switch (change.type) {
    case 'put': {
      const action = change.version === 1 ? 'create' : 'update';
      return `${change.modRevision}  ${action}  ${shown(change.key)}  ${shown(change.value)}`;
    }
    case 'delete':
      return `${change.modRevision}  delete  ${shown(change.key)}`;
    default:
      if (change.rewound === true) {
        return `gone back to an older state, at revision ${change.compactRevision}: read again with kamado store ls`;
      }
      return `forgotten up to revision ${change.compactRevision}: read again with kamado store ls`;
  }
}

function leaf(name: string): Command {
  return withOutputFormat(withEndpoint(newCommand(name)));
}

function wantsJson(command: Command): boolean {
  return outputFormatOf(optionOf(command, 'outputFormat')) === 'json';
}

/** Exactly what is stored where a program reads it; harmless where a person does. */
function shown(text: Json | undefined): string {
  if (typeof text !== 'string') return '';
  return isTerminal() ? printable(text) : text;
}
