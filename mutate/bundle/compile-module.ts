import ts from 'typescript';

/** The runtime's own promises and private fields are kept, as in the output of `npm run build`. */
const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2023,
  esModuleInterop: true,
};

/**
 * A module's text as the body of a function of `exports` and `require`. Types are dropped, right or wrong; throws for
 * text that is not TypeScript.
 */
export function compileModule(path: string, text: string): string {
  const { outputText, diagnostics = [] } = ts.transpileModule(text, {
    compilerOptions: OPTIONS,
    fileName: path,
    reportDiagnostics: true,
  });
  const [fault] = diagnostics.filter(({ category }) => category === ts.DiagnosticCategory.Error);
  if (fault !== undefined) throw new NotTypeScript(path, ts.flattenDiagnosticMessageText(fault.messageText, ' '));
  return outputText;
}

/** A text that does not parse. */
export class NotTypeScript extends Error {
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'NotTypeScript';
  }
}
