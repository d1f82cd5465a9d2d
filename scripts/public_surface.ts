/**
 * The public surface of a module as text: every exported name with its declaration, without bodies
 * and comments, so that a change of it shows as a change of a file.
 *
 *     deno run -A scripts/public_surface.ts   # writes test/structure/public_surface.txt
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ENTRY = new URL("../src/mod.ts", import.meta.url);
const SNAPSHOT = new URL("../test/structure/public_surface.txt", import.meta.url);

/** The declarations that `entry` exports, in the order of their names. */
export function publicSurface(entry: URL): string {
  return [...exportsOf(entry)]
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([name, declaration]) => `// ${name}\n${declaration}\n`)
    .join("\n");
}

function exportsOf(module: URL): Map<string, string> {
  const source = parse(module);
  const own = new Map<string, string>();
  for (const statement of source.statements) {
    if (ts.isExportDeclaration(statement)) {
      for (const [name, text] of passedOn(statement, module, source)) own.set(name, text);
    } else if (isExported(statement)) {
      for (const name of namesOf(statement)) {
        const earlier = own.get(name);
        const text = print(statement, source);
        // Overloads and a type beside a value of one name.
        own.set(name, earlier === undefined ? text : `${earlier}\n${text}`);
      }
    }
  }
  return own;
}

function passedOn(
  statement: ts.ExportDeclaration,
  module: URL,
  source: ts.SourceFile,
): [string, string][] {
  const specifier = statement.moduleSpecifier;
  const clause = statement.exportClause;
  if (specifier === undefined && clause !== undefined && ts.isNamedExports(clause)) {
    return clause.elements.map((element) => {
      const local = (element.propertyName ?? element.name).text;
      return [element.name.text, declarationOf(local, module, source)];
    });
  }
  if (specifier === undefined || !ts.isStringLiteral(specifier)) {
    throw new Error(`${module}: an export that is not understood: ${statement.getText(source)}`);
  }
  const relative = specifier.text.startsWith(".");
  const theirs = relative ? exportsOf(new URL(specifier.text, module)) : undefined;
  if (clause === undefined) {
    return [...(theirs ?? [[`* from ${specifier.text}`, ""]])] as [string, string][];
  }
  if (!ts.isNamedExports(clause)) return [[clause.getText(source), `from "${specifier.text}"`]];
  return clause.elements.map((element) => {
    const original = (element.propertyName ?? element.name).text;
    const text = theirs === undefined ? `from "${specifier.text}"` : theirs.get(original);
    if (text === undefined) throw new Error(`${module}: ${original} is not in ${specifier.text}`);
    return [element.name.text, text];
  });
}

/** The declaration of a name that a module declares or imports, and exports elsewhere. */
function declarationOf(name: string, module: URL, source: ts.SourceFile): string {
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement)) {
      if (namesOf(statement).includes(name)) return print(statement, source);
      continue;
    }
    const bindings = statement.importClause?.namedBindings;
    if (bindings === undefined || !ts.isNamedImports(bindings)) continue;
    const found = bindings.elements.find((element) => element.name.text === name);
    if (found === undefined || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const from = statement.moduleSpecifier.text;
    const original = (found.propertyName ?? found.name).text;
    const declaration = from.startsWith(".")
      ? exportsOf(new URL(from, module)).get(original)
      : `from "${from}"`;
    if (declaration !== undefined) return declaration;
  }
  throw new Error(`${module}: ${name} is not declared`);
}

function parse(module: URL): ts.SourceFile {
  const text = readFileSync(fileURLToPath(module), "utf8");
  return ts.createSourceFile(module.pathname, text, ts.ScriptTarget.Latest, true);
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  const { name } = statement as ts.DeclarationStatement;
  return name === undefined ? [] : [name.getText()];
}

/** The declaration without bodies, private members, defaults and comments. */
function print(statement: ts.Statement, source: ts.SourceFile): string {
  const shape: ts.TransformerFactory<ts.Statement> = (context) => (root) => {
    const visit: ts.Visitor = (node) => {
      if (isPrivate(node)) return undefined;
      if (ts.isBlock(node) && isFunctionLike(node.parent)) return undefined;
      if (ts.isPropertyDeclaration(node) && node.type !== undefined) {
        const { modifiers, name, questionToken, exclamationToken, type } = node;
        const token = questionToken ?? exclamationToken;
        return ts.factory.updatePropertyDeclaration(node, modifiers, name, token, type, undefined);
      }
      if (ts.isParameter(node) && node.type !== undefined) {
        const { modifiers, dotDotDotToken, name, questionToken, type, initializer } = node;
        return ts.factory.updateParameterDeclaration(
          node,
          modifiers,
          dotDotDotToken,
          ts.isIdentifier(name) ? name : ts.factory.createIdentifier("options"),
          initializer === undefined
            ? questionToken
            : ts.factory.createToken(ts.SyntaxKind.QuestionToken),
          ts.visitNode(type, visit) as ts.TypeNode,
          undefined,
        );
      }
      return ts.visitEachChild(node, visit, context);
    };
    return ts.visitNode(root, visit) as ts.Statement;
  };
  const { transformed } = ts.transform(statement, [shape]);
  const printer = ts.createPrinter({ removeComments: true });
  return printer.printNode(ts.EmitHint.Unspecified, transformed[0], source);
}

function isPrivate(node: ts.Node): boolean {
  if (!ts.isClassElement(node)) return false;
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true;
  return ts.canHaveModifiers(node) &&
    (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

function isFunctionLike(node: ts.Node | undefined): boolean {
  return node !== undefined && ts.isFunctionLike(node) && !ts.isArrowFunction(node);
}

if (import.meta.main) writeFileSync(SNAPSHOT, publicSurface(ENTRY));
