/**
 * A query takes who asks as its first parameter. The compiler then refuses a call without one, and `store/in-scope.adapter.ts`
 * narrows the query to what they may see. These selectors find functions of `*.queries.ts` that do not.
 */
const isPrincipal = "[params.0.typeAnnotation.typeAnnotation.typeName.name='Principal']";

/** Exports by which the first selector would not see a function. */
const otherExports = [
  'ExportNamedDeclaration > VariableDeclaration',
  'ExportNamedDeclaration > ClassDeclaration',
  'ExportNamedDeclaration > ExportSpecifier',
  'ExportDefaultDeclaration',
  'ExportAllDeclaration',
];

export const queriesOfPrincipals = [
  {
    selector: `ExportNamedDeclaration > FunctionDeclaration:not(${isPrincipal})`,
    message: 'a query takes who asks, a Principal, as its first parameter; what is no query belongs in another file',
  },
  ...otherExports.map((selector) => ({
    selector,
    message: 'queries are exported as functions, each with a Principal as its first parameter',
  })),
];
