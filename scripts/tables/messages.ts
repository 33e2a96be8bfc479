import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { codeList, markdownTable } from './markdown-table.js';

const SOURCE = fileURLToPath(new URL('../../src/contracts/messages.ts', import.meta.url));

/** Every query and signal of the contract, with its comment and the fields that it carries or returns. */
export function messageTable(): string {
  const program = contractsProgram();
  const checker = program.getTypeChecker();
  const rows = (program.getSourceFile(SOURCE)?.statements ?? []).flatMap((statement) => {
    if (!ts.isVariableStatement(statement)) return [];
    return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
      if (initializer === undefined || !ts.isCallExpression(initializer)) return [];
      const [kind, text, type] = [kindOf(initializer), initializer.arguments[0], initializer.typeArguments?.[0]];
      if (kind === null || text === undefined || !ts.isStringLiteral(text) || type === undefined) return [];
      const comment = ts.displayPartsToString(checker.getSymbolAtLocation(name)?.getDocumentationComment(checker));
      if (comment === '') throw new Error(`${text.text} has no comment in messages.ts`);
      return [[`\`${text.text}\``, kind, comment.replaceAll(/\s+/g, ' '), codeList(fieldsOf(checker, type))]];
    });
  });
  return markdownTable(['message', 'kind', 'what it says', 'fields'], rows);
}

/** Only the contracts: their imports from packages say nothing about fields, and take long to read. */
function contractsProgram(): ts.Program {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts'],
    strict: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  host.resolveModuleNameLiterals = (literals, from) =>
    literals.map(({ text }) =>
      text.startsWith('.') ? ts.resolveModuleName(text, from, options, host) : { resolvedModule: undefined },
    );
  return ts.createProgram([SOURCE], options, host);
}

function kindOf(call: ts.CallExpression): 'query' | 'signal' | null {
  const called = call.expression.getText();
  return called === 'defineQuery' ? 'query' : called === 'defineSignal' ? 'signal' : null;
}

/** Fields of a query's result, or of a signal's one argument; for a union, those of all members. */
function fieldsOf(checker: ts.TypeChecker, node: ts.TypeNode): readonly string[] {
  const argument = ts.isTupleTypeNode(node) ? node.elements[0] : node;
  if (argument === undefined) return [];
  const type = checker.getTypeFromTypeNode(argument);
  const members = type.isUnion() ? type.types : [type];
  return [...new Set(members.flatMap((member) => member.getProperties().map((property) => property.name)))];
}
