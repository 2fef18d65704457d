import type { Json } from '../../kernel/index.ts';
import type {
  AgainstReport,
  ApiReport,
  Comparison,
  Difference,
  FamilyReport,
  ReplayReport,
  ResourceVersions,
} from '../../replay/index.ts';
import { printable } from '../output.ts';
import { tableLines } from '../table.ts';

/** The printed form of one value. */
const SHOWN_LENGTH = 200;

/** A replay for a person: a line per family, then every miss with its event, then what is excused, and why. */
export function reportLines(report: ReplayReport): readonly string[] {
  return [...familyLines(report), ...missLines(report)];
}

/** The same of the API, with a line per resource. */
export function apiReportLines(report: ApiReport): readonly string[] {
  const { configs, unansweredRequests: unanswered } = report;
  const note = unanswered === 0 ? [] : ['', `Requests whose answer is not recorded, but for its status: ${unanswered}`];
  return [...familyLines(report), ...note, '', ...resourceLines(configs), ...missLines(report)];
}

/** The lines that list the changes under another catalogue. */
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

function familyLines({ run, generation, lossless, events, families }: ReplayReport): readonly string[] {
  const title = `${printable(run)}: generation ${printable(generation)}, ${lossless ? 'lossless' : 'not lossless'}, ${events} events`;
  return [title, '', ...familyTable(families)];
}

function missLines({ mismatches, excused }: ReplayReport): readonly string[] {
  return [
    ...section('Mismatches:', mismatches),
    ...section('Excused, because the recording lacks what they follow from:', excused),
  ];
}

function resourceLines(resources: readonly ResourceVersions[]): readonly string[] {
  const columns = ['/config of', 'matched', 'versions'].map((heading) => ({ heading }));
  const rows = resources.map(({ resource, matched, versions }) => [printable(resource), `${matched}`, `${versions}`]);
  return tableLines(columns, rows, { width: null });
}

function familyTable(families: readonly FamilyReport[]): readonly string[] {
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
