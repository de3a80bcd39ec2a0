/** JSON inside a page, for our script or for search engines; the browser never runs it. */

/** `<` is written as an escape, so no title can close the element. */
export function DataBlock({ id, type, data }: { id?: string; type: string; data: object }) {
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  // biome-ignore lint/security/noDangerouslySetInnerHtml: JSON without `<` in an element that is never run
  return <script type={type} id={id} dangerouslySetInnerHTML={{ __html: json }} />
}
