/** The address that a title suggests, whatever letters it is written in. */
import { transliterate } from 'transliteration'
import { slugOf, UNTITLED } from './resource.ts'

/** "Прилив" is `priliv`, "東京" is `dong-jing`; Latin titles as in `slugOf`. */
export function suggestSlug(title: string): string {
  const slug = slugOf(title)
  // A title with Latin letters keeps them alone only when the others are few: "Прилив in Kiel" is no article on Kiel.
  const others = title.replace(/[\p{Script=Latin}\P{L}]/gu, '')
  return others === '' && slug !== UNTITLED ? slug : slugOf(transliterate(title))
}
