import type { Json } from '../../kernel/json.ts';
import type { AgainstReport } from '../../replay/against.ts';
import type { Difference } from '../../replay/differences.ts';
import type { Comparison, FamilyReport, ReplayReport } from '../../replay/replay-report.ts';
import { printable } from '../output.ts';
import { tableLines } from '../table.ts';

/** What a person is shown of one value. */
const SHOWN_LENGTH = 200;

/** A replay for a person: a line per family, then every miss with its event, then what is excused, and why. */
export function reportLines(report: ReplayReport): readonly string[] {
  const { run, generation, lossless, events, families, mismatches, excused } = report;
  return [
    `${printable(run)}: generation ${printable(generation)}, ${lossless ? 'lossless' : 'not lossless'}, ${events} events`,
    '',
    ...familyLines(families),
    ...section('Mismatches:', mismatches),
    ...section('Excused, because the recording lacks what they follow from:', excused),
  ];
}

/** What another catalogue would change, for a person. */
export function againstLines({ planned, changed }: AgainstReport): readonly string[] {
  const count = changed.length === 0 ? 'None' : String(changed.length);
  return [
    `${count} of ${planned} would be planned differently.`,
    ...changed.flatMap(({ name, differences }) => [
      '',
      printable(name),
      ...differences.flatMap((difference) => [
        ...differenceLines(difference, ['now ', 'then']),
        ...(difference.because === null ? [] : [`        ${shortened(printable(difference.because))}`]),
      ]),
    ]),
  ];
}

function familyLines(families: readonly FamilyReport[]): readonly string[] {
  const rows = families.map((one) =>
    one.isRecorded
      ? [one.family, one.matched, one.recorded, one.excused, one.mismatched].map(String)
      : [one.family, 'not recorded', '', '', ''],
  );
  const headings = ['family', 'matched', 'recorded', 'excused', 'mismatched'];
  const columns = headings.map((heading) => ({ heading }));
  return tableLines(columns, rows, { width: null });
}

function section(title: string, comparisons: readonly Comparison[]): readonly string[] {
  return comparisons.length === 0 ? [] : ['', title, ...comparisons.flatMap(comparisonLines)];
}

function comparisonLines({ index, file, subject, differences, recorded, excuse }: Comparison): readonly string[] {
  const note = recorded ? '' : ' (planned, but not recorded)';
  return [
    `  ${file === undefined ? `event ${index}` : `${file}, line ${index}`}  ${printable(subject)}${note}`,
    ...(excuse === null ? [] : [`    ${printable(excuse)}`]),
    ...differences.flatMap((difference) => differenceLines(difference, ['recorded', 'planned '])),
  ];
}

function differenceLines(
  { pointer, recorded, planned }: Difference,
  [before, after]: readonly [string, string],
): readonly string[] {
  return [
    `    ${printable(pointer === '' ? 'the whole' : pointer)}`,
    `      - ${before} ${shown(recorded)}`,
    `      + ${after} ${shown(planned)}`,
  ];
}

function shown(value: Json | undefined): string {
  return shortened(value === undefined ? 'nothing' : printable(JSON.stringify(value)));
}

function shortened(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
