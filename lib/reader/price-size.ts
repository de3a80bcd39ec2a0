/** How large a price can stand on a stub, the same on the server and in the browser. */

/** Which size of type has room for so many digits. */
export function sizeOf(digits: string): 'few' | 'some' | 'many' {
  return digits.length <= 3 ? 'few' : digits.length <= 5 ? 'some' : 'many'
}
