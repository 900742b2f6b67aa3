/** Text: bytes as base64, the form in which the build keeps machine code in JavaScript. */

// --- model
interface Coder {
  readonly atob: (text: string) => string
  readonly btoa: (letters: string) => string
}

// --- constructors
export const textOfBytes = (bytes: ReadonlyArray<number>): string =>
  (globalThis as unknown as Coder).btoa(String.fromCharCode(...bytes))

export const bytesOfText = (text: string): Array<number> => {
  const letters = (globalThis as unknown as Coder).atob(text)
  const bytes: Array<number> = []
  for (let k = 0; k < letters.length; k++) bytes.push(letters.charCodeAt(k))
  return bytes
}
