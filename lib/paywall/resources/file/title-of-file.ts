/** What a file is called by people, from what it is called by a disk; pure, for pages too. */

/** A title that a name suggests: `Harbor_sounds-2.mp3` is `Harbor sounds 2`. */
export function titleOfFile(name: string): string {
  return name
    .replace(/(?<=.)\.[a-z0-9]{1,8}$/i, '')
    .replace(/[_-]+/g, ' ')
    .trim()
}
