/** Escapes text for HTML, inside elements and attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A plain page; `body` is already HTML. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title>
<meta name="viewport" content="width=device-width">
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #222 }
h1 { font-size: 1.3rem } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e4e4e4; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums } a { color: #0b57a4; text-decoration: none }
a:hover { text-decoration: underline } .succeeded { color: #1a7f37 } .failed { color: #b3261e }
.running, .starting, .importing { color: #9a6700 } .canceled, .skipped, .waiting, .pending { color: #666 }
@media (prefers-color-scheme: dark) { body { background: #181818; color: #ddd } a { color: #7ab7ff }
th, td { border-color: #333 } }
</style></head><body>
<h1>${escapeHtml(title)}</h1>
${body}
</body></html>
`;
}
