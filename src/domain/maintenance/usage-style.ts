/** Colours of the lines, told apart by people who see colours differently too, on light and on dark. */
const LIGHT = ['#2a78d6', '#1baf7a', '#b97c00', '#008300', '#4a3aa7', '#d63a39', '#d1588a', '#d2561f'];
const DARK = ['#3987e5', '#199e70', '#c98500', '#3fa33f', '#9085e9', '#e66767', '#d55181', '#d95926'];

const lineColours = (colours: readonly string[]): string =>
  colours.map((colour, index) => `--line-${index + 1}:${colour};`).join('');

/** The style sheet of the page of charts, for light and dark screens. */
export const USAGE_STYLE = [
  `:root{color-scheme:light dark;--page:#fcfcfb;--text:#1a1a19;--soft:#5f5e5a;--rule:#e3e2de;${lineColours(LIGHT)}}`,
  '@media (prefers-color-scheme:dark){',
  `:root{--page:#1a1a19;--text:#f4f3ef;--soft:#b0afa8;--rule:#3a3935;${lineColours(DARK)}}}`,
  'body{margin:0 auto;max-width:960px;padding:24px 16px;background:var(--page);color:var(--text);',
  'font:15px/1.5 system-ui,sans-serif}',
  'h1{font-size:26px;margin:0}h2{font-size:19px;margin:0 0 4px}header p,section p{color:var(--soft);margin:0 0 8px}',
  '.tiles{display:flex;flex-wrap:wrap;gap:12px 40px;margin:20px 0}.tiles dt{color:var(--soft)}',
  '.tiles dd{margin:0;font-size:24px;font-weight:600}',
  'section{margin:36px 0 0;padding-top:20px;border-top:1px solid var(--rule)}',
  'svg{display:block;width:100%;min-width:640px;height:auto}svg text{font-size:12px;fill:var(--soft)}.grid{stroke:var(--rule)}',
  'polyline{fill:none;stroke-width:2;stroke-linejoin:round}circle{stroke:none}',
  ...LIGHT.map(
    (_colour, index) =>
      `.line-${index + 1} polyline{stroke:var(--line-${index + 1})}` +
      `.line-${index + 1} circle{fill:var(--line-${index + 1})}` +
      `.swatch.line-${index + 1}{background:var(--line-${index + 1})}`,
  ),
  '.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;margin-top:8px}',
  'th{text-align:left;font-weight:500;color:var(--soft)}td,th{padding:4px 12px 4px 0;border-bottom:1px solid var(--rule)}',
  'td:nth-child(2){overflow-wrap:anywhere}th:nth-child(n+3),td:nth-child(n+3){text-align:right;white-space:nowrap;',
  'font-variant-numeric:tabular-nums}td:first-child{width:14px}',
  '.swatch{display:inline-block;width:12px;height:12px;border-radius:3px}',
].join('');
