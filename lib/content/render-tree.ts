/** Text with its marks as plain JSON, for a page that builds it by calls and never from markup. */
import type { ElementContent, Root, RootContent } from 'hast'

/** Text, or an element under its HTML name with its attributes as they stand in HTML. */
export type TreeNode =
  | string
  | {
      readonly tag: string
      readonly attributes: Readonly<Record<string, string>>
      readonly children: readonly TreeNode[]
    }

/** The tree of what was cleaned already: no deeper, and with no other elements, than what it was made of. */
export function toTree(root: Root): TreeNode[] {
  return nodesOf(root.children)
}

function nodesOf(children: readonly (RootContent | ElementContent)[]): TreeNode[] {
  return children.flatMap((node): TreeNode[] => {
    if (node.type === 'text') return [node.value]
    if (node.type !== 'element') return []
    return [{ tag: node.tagName, attributes: attributesOf(node.properties), children: nodesOf(node.children) }]
  })
}

/** Names are those of HTML once their capitals are gone, for all that may stand in an article. */
function attributesOf(properties: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, value]) => value !== false && value !== null && value !== undefined)
      .map(([name, value]) => [name.toLowerCase(), textOf(value)]),
  )
}

function textOf(value: unknown): string {
  if (value === true) return ''
  return Array.isArray(value) ? value.join(' ') : String(value)
}
