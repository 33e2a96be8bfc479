/**
 * Begins (`---`) or ends (`...`) a document. No line of a document's content may begin like this, not even within
 * quotes.
 */
const MARKER = /^(---|\.\.\.)(?=\s|$)/;
const LINES = /[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g;
/** Lines that may precede `---` and are not content yet: directives, comments, empty ones. */
const PREAMBLE = /^(%|\s*#|\s*$)/;

/** The documents of a YAML stream as they are written, each with the directives and comments before it. */
export function splitDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let current = '';
  let isOpen = false;
  const close = (): void => {
    if (current !== '') documents.push(current);
    [current, isOpen] = ['', false];
  };
  for (const line of text.replace(/^\ufeff/, '').match(LINES) ?? []) {
    const marker = MARKER.exec(line)?.[1];
    if (marker === '---' && isOpen) close();
    current += line;
    if (marker === '...') close();
    else if (marker === '---' || !PREAMBLE.test(line)) isOpen = true;
  }
  close();
  return documents;
}

/** A stream of documents, unchanged; only missing markers between them are added. */
export function joinDocuments(documents: readonly string[]): string {
  return documents
    .map((document) => {
      const begun = /^---(?=\s|$)/m.test(document) ? document : `---\n${document}`;
      const whole = /[\r\n]$/.test(begun) ? begun : `${begun}\n`;
      return /^\.\.\.(?=\s|$)/m.test(whole) ? whole : `${whole}...\n`;
    })
    .join('');
}
