import { type CanonicalText, canonical } from './canonical-text.ts';
import { limits } from './limits.ts';
import { MASK } from './secret.ts';

/** Returns a foreign text in a form that may be shown. */
export type Redactor = (text: string) => string;

/** The replacement for a foreign text that can't be shown in part. */
export const WITHHELD = '(not shown: it may repeat a secret)';

/** A redactor that changes nothing. */
export const noRedaction: Redactor = (text) => text;

/**
 * Returns a redactor for texts from outside: answers of services, messages of libraries, exceptions of a catalogue's
 * code. Kamado's own texts never need one: a secret among an error's parameters is a `Secret`, which prints the mask.
 *
 * A secret that is unlike ordinary words (`isDistinct`) is masked at every occurrence, however it is encoded or
 * wrapped. A short or a common one is masked if it is quoted. Masking it elsewhere would mangle the text, and the gaps
 * would reveal the secret. So if it occurs as a word of its own, the whole text is withheld; inside of another word it
 * is no repetition.
 */
export function redactorOf(secrets: Iterable<string>): Redactor {
  const given = [...new Set(secrets)].filter((secret) => secret.trim() !== '');
  if (given.length === 0) return noRedaction;
  let forms: readonly Form[] | null | undefined;
  return (text) => {
    if (text === '') return text;
    if (forms === undefined) forms = formsOf(given);
    return forms === null ? WITHHELD : redacted(text.slice(0, limits.redactedTextLength), forms);
  };
}

/** A form of a secret that the redactor searches for. */
interface Form {
  /** The canonical form. */
  readonly text: string;
  readonly isDistinct: boolean;
}

/** Returns the forms of secrets. null if comparing with all of them would block the event loop. */
function formsOf(secrets: readonly string[]): readonly Form[] | null {
  if (secrets.reduce((sum, secret) => sum + secret.length, 0) > limits.redactedSecretCharacters) return null;
  const texts = secrets.flatMap((secret) => [secret, ...linesOf(secret)]);
  const forms = new Map<string, Form>();
  for (const form of texts.flatMap((text) => [text, ...binaryForms(text)])) {
    const { text } = canonical(form);
    if (text !== '') forms.set(text, { text, isDistinct: isDistinct(form) });
  }
  return [...forms.values()];
}

/** Shorter lines of a secret are too common to be searched for alone. */
const SHORTEST_LINE = 8;

function linesOf(secret: string): readonly string[] {
  const lines = secret.split(/[\r\n]+/);
  return lines.length < 2 ? [] : lines.filter((line) => line.trim().length >= SHORTEST_LINE);
}

/**
 * The base64 forms of a secret. Its letters depend on the number of bytes before it, and the last ones on the bytes
 * after it.
 */
function binaryForms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const parts = [0, 1, 2].map((before) => {
    const base64 = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return base64.slice(before === 0 ? 0 : before + 1, Math.floor(((before + bytes.length) * 8) / 6));
  });
  const base64 = [bytes.toString('base64'), ...parts.filter((part) => part.length >= limits.distinctSecretLength)];
  return [
    ...base64,
    ...base64.map((part) => part.replaceAll('+', '-').replaceAll('/', '_')),
    ...(bytes.length > 1 ? [bytes.toString('hex')] : []),
  ];
}

function redacted(text: string, forms: readonly Form[]): string {
  const searched = canonical(text);
  const hidden = new Uint8Array(text.length);
  for (const { text: form, isDistinct } of forms) {
    if (isDistinct) hide(form, searched, hidden);
    else hideQuoted(form, searched, text, hidden);
  }
  const isRevealed = forms.some((form) => !form.isDistinct && standsAlone(form.text, searched, hidden));
  return isRevealed ? WITHHELD : masked(text, hidden);
}

const OPENING = /(?:['"`\u2018\u201c]|&(?:quot|apos|#34|#39|#x22|#x27);|%2[27])$/i;
const CLOSING = /^\\*(?:['"`\u2019\u201d]|&(?:quot|apos|#34|#39|#x22|#x27);|%2[27])/i;
/** The length of the longest notation of a quotation mark. */
const QUOTE_LENGTH = 12;

function hideQuoted(form: string, searched: CanonicalText, text: string, hidden: Uint8Array): void {
  for (let at = searched.text.indexOf(form); at >= 0; at = searched.text.indexOf(form, at + 1)) {
    const [start = 0, end = 0] = [searched.starts[at], searched.ends[at + form.length - 1]];
    const isOpened = OPENING.test(text.slice(Math.max(0, start - QUOTE_LENGTH), start));
    if (isOpened && CLOSING.test(text.slice(end, end + QUOTE_LENGTH))) cover(searched, at, at + form.length, hidden);
  }
}

/**
 * Parts of this length of a longer secret are searched for as well: other software quotes lines, beginnings and ends.
 */
const PART_LENGTH = 16;
/** The shortest rest of a secret at the end of a truncated text that is masked. */
const SHORTEST_REST = 4;

function hide(form: string, searched: CanonicalText, hidden: Uint8Array): void {
  const { text } = searched;
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    cover(searched, at, at + form.length, hidden);
  }
  if (form.length > PART_LENGTH) hideParts(form, searched, hidden);
  hideRest(form, searched, hidden);
}

function hideParts(form: string, searched: CanonicalText, hidden: Uint8Array): void {
  const parts = new Set<string>();
  for (let i = 0; i + PART_LENGTH <= form.length; i++) parts.add(form.slice(i, i + PART_LENGTH));
  for (let at = 0; at + PART_LENGTH <= searched.text.length; at++) {
    if (parts.has(searched.text.slice(at, at + PART_LENGTH))) cover(searched, at, at + PART_LENGTH, hidden);
  }
}

/** Hides the beginning of a secret at the end of a truncated text. */
function hideRest(form: string, searched: CanonicalText, hidden: Uint8Array): void {
  const end = searched.text.replace(/(?:\.\.\.|\u2026)[)\]]*$/, '').length;
  if (end === searched.text.length && hidden.length < limits.stackReasonLength) return;
  for (let length = Math.min(form.length - 1, end); length >= SHORTEST_REST; length--) {
    if (!searched.text.endsWith(form.slice(0, length), end)) continue;
    cover(searched, end - length, end, hidden);
    return;
  }
}

function cover({ starts, ends }: CanonicalText, from: number, to: number, hidden: Uint8Array): void {
  hidden.fill(1, starts[from], ends[to - 1]);
}

function masked(text: string, hidden: Uint8Array): string {
  let redacted = '';
  for (let i = 0; i < text.length; i++) {
    if (hidden[i] === 0) redacted += text.charAt(i);
    else if (i === 0 || hidden[i - 1] === 0) redacted += MASK;
  }
  return redacted;
}

const WORD = /[\p{L}\p{N}_]/u;

/** Whether a form occurs in a text as a word of its own, outside of the hidden parts. */
function standsAlone(form: string, { text, starts, ends }: CanonicalText, hidden: Uint8Array): boolean {
  const isJoined = (left: number): boolean => {
    const isTogether = ends[left] === starts[left + 1];
    return isTogether && WORD.test(text.charAt(left)) && WORD.test(text.charAt(left + 1));
  };
  for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1)) {
    const isHidden = hidden[starts[at] ?? 0] === 1;
    if (!isHidden && !isJoined(at - 1) && !isJoined(at + form.length - 1)) return true;
  }
  return false;
}

const LETTER = /\p{L}/u;
const DIGIT = /\p{N}/u;
/** The characters between the words and the numbers of ordinary text. */
const JOINT = /[-_./:,()]/;

/**
 * Whether a text is unlike ordinary words, names and numbers: it has letters and digits, or other characters, or it is
 * longer than any of them.
 */
export function isDistinct(text: string): boolean {
  const { text: plain } = canonical(text);
  let [letters, digits, signs] = [0, 0, 0];
  for (const character of plain) {
    if (LETTER.test(character)) letters++;
    else if (DIGIT.test(character)) digits++;
    else if (!JOINT.test(character)) signs++;
  }
  if (signs > 0 || (letters > 0 && digits > 0)) return plain.length >= limits.distinctSecretLength;
  return letters + digits >= (letters > 0 ? limits.distinctWordLength : limits.distinctNumberLength);
}
