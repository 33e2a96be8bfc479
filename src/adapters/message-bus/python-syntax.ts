/** A bus file that cannot be read as assignments of literals; the message names the line. */
export class PythonSyntax extends Error {
  override readonly name = 'PythonSyntax';

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
  }
}
