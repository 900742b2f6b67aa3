/** What the blocks of a documentation program print: the text that `console.log` got, by the line of the block. */

import { format } from 'node:util'
import { vi } from 'vitest'

let current: { lines: string[]; blocks: Map<number, string> } | undefined

/** A documentation program says that its block, which starts at `line`, has ended. */
export const blockEnd = (line: number): void => {
  if (current === undefined) throw new Error('a documentation program runs only within printedBy')
  current.blocks.set(line, current.lines.join('\n'))
  current.lines = []
}

/** Runs a program and gives what each of its blocks printed; what was printed after the last block is at line 0. */
export const printedBy = async (program: () => Promise<unknown>): Promise<ReadonlyMap<number, string>> => {
  const run = { lines: [] as string[], blocks: new Map<number, string>() }
  current = run
  const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
    run.lines.push(format(...values))
  })
  try {
    await program()
    blockEnd(0)
    return run.blocks
  } finally {
    log.mockRestore()
    current = undefined
  }
}
