/** One import style: `./` for what lies in the file's own folder or below it, `#area/…` for everything else. */
import { dirname, join } from 'node:path'

const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)'([^'\n]+)'/g

/** The imports of one file that are written the other way, each with the spelling that is wanted. `path` from the root. */
export function oddImports(path: string, text: string): { readonly found: string; readonly wanted: string }[] {
  const folder = dirname(path)
  return [...text.matchAll(SPECIFIER)].flatMap(([, found = '']) => {
    const wanted = spellingOf(found, folder)
    return wanted === found ? [] : [{ found, wanted }]
  })
}

function spellingOf(specifier: string, folder: string): string {
  if (specifier.startsWith('../')) return `#${join(folder, specifier)}`
  const inside = `#${folder}/`
  return specifier.startsWith(inside) ? `./${specifier.slice(inside.length)}` : specifier
}
