/**
 * The engine of attacks: hostile inputs, each made from a seed and its number, given to one door of the library, and what
 * came of it. Tests run a few of them from fixed seeds; `npm run attack` runs them for minutes from random ones.
 */
import { FreegradError } from 'freegrad'

// --- model
/** Choices that follow from a seed and the number of an input, so that an input can be made again. */
export interface Random {
  /** A whole number from 0 up to but not including `n`. */
  readonly below: (n: number) => number
  readonly pick: <A>(list: ReadonlyArray<A>) => A
  /** True with a probability. */
  readonly chance: (p: number) => boolean
}

/** What came of one input. */
export interface Outcome {
  /** How it ended, in one word: the figures count by it. */
  readonly end: string
  /** What was thrown or refused on the way. */
  readonly thrown: ReadonlyArray<unknown>
  /** A promise that was broken in another way, in words: an array that changed, a result that nobody wrote. */
  readonly broken?: string | undefined
}

/** A door: gives one hostile input to the library, after it said what the input is. It throws nothing itself. */
export type Door = (random: Random, index: number, say: (input: string) => void) => Outcome | Promise<Outcome>

/** What came of many inputs. */
export interface Figures {
  readonly tried: number
  readonly ends: Readonly<Record<string, number>>
  /** Errors of the union, by tag. */
  readonly errors: Readonly<Record<string, number>>
  /** What must not happen: the number of the input, what it was if its door says so, and what came of it. */
  readonly flaws: ReadonlyArray<Readonly<{ index: number; input: string; flaw: string }>>
  readonly slowest: Readonly<{ index: number; ms: number }>
}

// --- constructors
/** Mulberry32 (T. Ettinger, 2017), begun at a mix of the seed and the number. */
export const randomOf = (seed: number, index: number): Random => {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let z = Math.imul(state ^ (state >>> 15), 1 | state)
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (n: number): number => Math.floor(next() * n)
  return { below, pick: (list) => list[below(list.length)], chance: (p) => next() < p }
}

export const noFigures: Figures = { tried: 0, ends: {}, errors: {}, flaws: [], slowest: { index: -1, ms: 0 } }

// --- combinators
/** What must not happen: an error outside of the union, or a broken promise. */
export const flawsOf = ({ thrown, broken }: Outcome): ReadonlyArray<string> => [
  ...thrown.filter((each) => !(each instanceof FreegradError)).map(nameOf),
  ...(broken === undefined ? [] : [broken])
]

// What was thrown may itself throw when it is looked at.
const nameOf = (thrown: unknown): string => {
  try {
    const { stack } = thrown as Error
    return stack === undefined ? `thrown: ${String(thrown)}` : stack.split('\n').slice(0, 4).join('\n')
  } catch {
    return 'thrown: a value that cannot be shown'
  }
}

/** Tries one input; `say` receives its description before the library receives the input. */
export const attempted = async (
  door: Door,
  seed: number,
  index: number,
  say: (input: string) => void = () => {}
): Promise<Figures> => {
  let input = ''
  const start = performance.now()
  const outcome = await door(randomOf(seed, index), index, (words) => {
    input = words
    say(words)
  })
  const ms = performance.now() - start
  const tags = outcome.thrown.filter((each) => each instanceof FreegradError).map(({ _tag }) => _tag)
  return {
    tried: 1,
    ends: { [outcome.end]: 1 },
    errors: counts(tags),
    flaws: flawsOf(outcome).map((flaw) => ({ index, input, flaw })),
    slowest: { index, ms }
  }
}

/** The figures of two lots of inputs. */
export const together = (a: Figures, b: Figures): Figures => ({
  tried: a.tried + b.tried,
  ends: sums(a.ends, b.ends),
  errors: sums(a.errors, b.errors),
  flaws: b.flaws.length === 0 ? a.flaws : [...a.flaws, ...b.flaws],
  slowest: b.slowest.ms > a.slowest.ms ? b.slowest : a.slowest
})

type Counts = Readonly<Record<string, number>>

const counts = (names: ReadonlyArray<string>): Counts =>
  names.reduce<Record<string, number>>((all, name) => {
    all[name] = (all[name] ?? 0) + 1
    return all
  }, {})

const sums = (a: Counts, b: Counts): Counts => {
  const all = { ...a }
  for (const [name, n] of Object.entries(b)) all[name] = (all[name] ?? 0) + n
  return all
}
