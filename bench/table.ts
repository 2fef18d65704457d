/** Begins a table: its title, and the names of its columns. */
export function heading(...cells: readonly string[]): void {
  process.stdout.write('\n');
  row(...cells);
}

/** A line of a table. */
export function row(...[name = '', ...cells]: readonly string[]): void {
  process.stdout.write(`${name.padEnd(52)}${cells.map((cell) => cell.padStart(14)).join('')}\n`);
}

/** A line with the milliseconds of the original and of Kamado, and the ratio. */
export function compareMs(name: string, before: number, now: number): void {
  row(name, before.toFixed(0), now.toFixed(2), (before / now).toFixed(1));
}
