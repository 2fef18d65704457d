import type { Command } from 'commander';
import { clientOf } from './command-client.ts';
import { optionOf, outputFormatOf, withEndpoint, withOutputFormat } from './common-options.ts';
import { jsonText, outputWidth, print, printable, printLines, wantsColour } from './output.ts';
import { readSchemas } from './resources/schemas.ts';
import { createDiagram } from './timeline/diagram.ts';
import { entryOf, findTimeline } from './timeline/entries.ts';

/** `kamado timeline <type> <id-or-name>`: what happened to a resource. */
export function define(command: Command): void {
  withOutputFormat(withEndpoint(command))
    .argument('<type>', 'the type of the resource, ha_router')
    .argument('<id-or-name>', 'which one; one that is gone is found by its id');
  command.action(async (typeId: string, idOrName: string) => {
    const client = clientOf(command);
    const type = (await readSchemas(client)).get(typeId);
    const { id, entries } = await findTimeline(client, type, idOrName);
    if (outputFormatOf(optionOf(command, 'outputFormat')) === 'json') {
      print(jsonText(entries));
      return;
    }
    const recorded = entries.map(entryOf);
    const diagram = createDiagram({
      resource: { url: type.url, id },
      writers: recorded.map(({ writer }) => writer),
      width: outputWidth(),
      colour: wantsColour(),
    });
    print(printable(`${typeId} ${id}`));
    printLines(diagram.add(recorded));
  });
}
