/**
 * Leaves of each file what dependency-cruiser looks for, its imports and exports, types included. The cruiser itself reads
 * TypeScript by the old compiler's API, which TypeScript 7 does not have.
 */
const keepImports = ({ types: t }) => {
  /** What a statement or call imports from: naming the type of what compose() answers is not calling it. */
  const sourceOf = (node) => {
    if (t.isCallExpression(node)) return t.isImport(node.callee) ? node.arguments[0] : null
    if (t.isTSImportType(node)) return node.argument
    return node.importKind === 'type' && node.source.value.includes('/compose') ? null : node.source
  }
  return {
    manipulateOptions: (options, parser) =>
      parser.plugins.push('typescript', ...(options.filename.endsWith('x') ? ['jsx'] : [])),
    visitor: {
      Program(path) {
        const kept = []
        path.traverse({
          'ImportDeclaration|ExportNamedDeclaration|ExportAllDeclaration|CallExpression|TSImportType'({ node }) {
            const source = sourceOf(node)
            if (t.isStringLiteral(source)) kept.push(t.importDeclaration([], t.stringLiteral(source.value)))
          },
        })
        path.node.body = kept
        path.skip()
      },
    },
  }
}

module.exports = { babelrc: false, configFile: false, plugins: [keepImports] }
