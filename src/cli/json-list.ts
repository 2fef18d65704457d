import type { Json } from '../kernel/index.ts';
import { jsonLine, jsonText } from './output.ts';

/** `{"<key>": […]}` as indented JSON, printed as it comes: a long list fits into no single text. */
export class JsonListText {
  readonly #key: string;
  #separator = '';

  constructor(key: string) {
    this.#key = key;
  }

  print(items: readonly Json[]): void {
    for (const item of items) {
      const begin = this.#separator === '' ? `{\n  ${jsonLine(this.#key)}: [` : this.#separator;
      process.stdout.write(`${begin}\n    ${jsonText(item).replaceAll('\n', '\n    ')}`);
      this.#separator = ',';
    }
  }

  end(): void {
    process.stdout.write(this.#separator === '' ? `{\n  ${jsonLine(this.#key)}: []\n}\n` : '\n  ]\n}\n');
  }
}
