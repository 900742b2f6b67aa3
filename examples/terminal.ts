/** The terminal: a progress bar where somebody watches, tables, and digits drawn with characters. */
import type { NDArray } from 'freegrad'

// --- model
/** Says how far a task is; the last call, with all of it done, ends the line. */
export type Progress = (done: number, note: string) => void

const inks = ' .:-=+*#%@'

// --- constructors
/** A progress bar on one line. It writes nothing where the output is no terminal. */
export const progress = (label: string, total: number, width = 30): Progress => {
  if (!process.stdout.isTTY) return () => {}
  return (done, note) => {
    const filled = Math.floor((width * done) / total)
    const bar = '#'.repeat(filled) + '.'.repeat(width - filled)
    process.stdout.write(`\r  ${label} [${bar}] ${done}/${total} ${note}${done === total ? '\n' : ''}`)
  }
}

// --- combinators
/** Rows of text in columns of one width each. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, k) => Math.max(...rows.map((row) => row[k]?.length ?? 0)))
  return rows.map((row) => `  ${row.map((cell, k) => cell.padEnd(widths[k] ?? 0)).join('  ')}`.trimEnd()).join('\n')
}

/** An array's numbers, with no more digits than a reader can use. */
export const numbers = (x: NDArray): string => {
  const digits = x.dtype === 'float32' ? 8 : 10
  const texts = Array.from(x.data, (value) => String(Number(value.toPrecision(digits))))
  return x.ndim === 0 ? texts.join() : `[${texts.join(', ')}]`
}

/** A square image of grey levels from 0 to 1 as lines of text, two characters a pixel. */
export const picture = (pixels: ReadonlyArray<number>): ReadonlyArray<string> => {
  const side = Math.sqrt(pixels.length)
  const ink = (level: number): string => inks[Math.min(inks.length - 1, Math.floor(level * inks.length))] ?? ' '
  return Array.from({ length: side }, (_, row) =>
    pixels
      .slice(row * side, (row + 1) * side)
      .map((level) => ink(level).repeat(2))
      .join('')
  )
}
