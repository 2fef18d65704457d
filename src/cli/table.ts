import { fit, textWidth } from './text-width.ts';

/** A column of a table. */
export interface Column {
  readonly heading: string;
  /** Never cut, since it's copied from here: an id. */
  readonly whole?: boolean;
}

export interface TableOptions {
  /** The columns of the terminal; null where nothing is to be cut. */
  readonly width: number | null;
}

const GAP = '  ';
/** A column isn't made narrower than this. */
const SMALLEST_COLUMN = 8;

/** The lines of a table: headings, a rule, the rows. Cells are printed as they are: one line each. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width }: TableOptions,
): readonly string[] {
  // A list may have more rows than a call takes arguments.
  const natural = columns.map(({ heading }, i) =>
    rows.reduce((widest, row) => Math.max(widest, textWidth(row[i] ?? '')), textWidth(heading)),
  );
  const widths = width === null ? natural : shrink(columns, natural, width);
  const line = (cells: readonly string[]): string =>
    widths
      .map((columnWidth, i) => fit(cells[i] ?? '', columnWidth))
      .join(GAP)
      .trimEnd();
  const rule = widths.map((columnWidth) => '─'.repeat(columnWidth)).join(GAP);
  return [line(columns.map(({ heading }) => heading)), rule, ...rows.map(line)];
}

/** Takes from the widest columns until the line fits, or nothing is left to take. */
function shrink(columns: readonly Column[], natural: readonly number[], width: number): readonly number[] {
  const widths = [...natural];
  const used = (): number => widths.reduce((sum, each) => sum + each, (widths.length - 1) * GAP.length);
  for (let surplus = used() - width; surplus > 0; surplus = used() - width) {
    const candidates = widths.map((each, i) => (columns[i]?.whole === true ? 0 : each));
    const widest = Math.max(...candidates);
    if (widest <= SMALLEST_COLUMN) break;
    const second = Math.max(SMALLEST_COLUMN, ...candidates.filter((each) => each < widest));
    widths[candidates.indexOf(widest)] = Math.max(second, widest - surplus, widest - Math.ceil(widest / 4));
  }
  return widths;
}
