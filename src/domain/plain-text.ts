/* eslint-disable no-control-regex -- control characters are what this is about */

/**
 * Sequences that control a terminal (ECMA-48): colours and cursor, titles and links, and their one-byte introducers. An
 * unterminated string loses only its beginning, so that it hides nothing.
 */
const SEQUENCES = new RegExp(
  [
    String.raw`(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]`,
    String.raw`(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u0080-\u009f\r\n]*(?:\u0007|\u001b\\|\u009c)`,
    String.raw`\u001b[ -/]*[0-~]`,
    // Characters that reverse the order of others.
    String.raw`\p{Bidi_Control}`,
  ].join('|'),
  'gu',
);
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
const LINE_ENDS = /\r\n|[\r\n\u2028\u2029]/;

/**
 * The lines of a foreign text in a form that is safe to show: no colours, nothing that controls a terminal, and a
 * separate line for each update of a progress bar. Other control characters become question marks.
 */
export function plainLines(text: string): readonly string[] {
  return text
    .replaceAll(SEQUENCES, '')
    .split(LINE_ENDS)
    .map((line) => line.replaceAll(CONTROLS, '?'));
}

/** The same in one line. */
export function plainLine(text: string): string {
  return plainLines(text).join(' ').replaceAll('\t', ' ');
}

/** The same with single spaces between words and none around it: a reason in a list, a header, a line of a log. */
export function oneLine(text: string): string {
  return plainLine(text).replaceAll(/\s+/g, ' ').trim();
}

/** A value as one line of JSON, without anything that controls a terminal: JSON itself escapes only half of that. */
export function plainJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u2028\u2029]|\p{Bidi_Control}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
