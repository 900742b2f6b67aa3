/** Random cases of the language, each from a number. */
import type { Expr, How, Name } from './language.js'

// --- model
/** What may stand in a place: how much, how many variables and functions there are, which effects are handled around it. */
interface Place {
  readonly size: number
  readonly variables: number
  readonly functions: number
  readonly effects: ReadonlyArray<Name>
}

/** An expression and the number that it is a function of. */
export interface Case {
  readonly expr: Expr
  readonly x: number
}

// --- constructors
/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
const generator = (seed: number): (() => number) => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** The case of a seed. */
export const caseOf = (seed: number): Case => {
  const random = generator(seed)
  const below = (n: number): number => Math.floor(random() * n)
  // Every second case is one of functions with rules whose rules have such functions, and has no effects.
  const isOfRules = seed % 2 === 1
  const values = [-1, 0, 0.5, 1, 2, 3]

  const leaf = ({ variables, functions }: Place): Expr => {
    if (functions > 0 && below(4) === 0)
      return { _tag: 'Apply', depth: below(functions), to: { _tag: 'Variable', depth: below(variables) } }
    return below(4) === 0
      ? { _tag: 'Number', value: values[below(values.length)] }
      : { _tag: 'Variable', depth: Math.min(below(variables), below(variables)) }
  }

  const expr = (place: Place): Expr => {
    if (place.size <= 1) return asked(place) ?? leaf(place)
    const rest = place.size - 1
    // The share of a part: what is left after it is for the others.
    const split = (parts: number): ReadonlyArray<number> => {
      const cuts = Array.from({ length: parts }, () => 0.2 + random())
      const total = cuts.reduce((a, b) => a + b)
      return cuts.map((cut) => Math.max(1, Math.round((rest * cut) / total)))
    }
    const within = (size: number, more = 0, functions = 0): Place => ({
      ...place,
      size,
      variables: place.variables + more,
      functions: place.functions + functions
    })
    const silent = (size: number, more = 0): Place => ({ ...within(size, more), effects: [] })
    const by = below(60)
    // What is derived is more often than not a product with the variable by which it is.
    const moving = (size: number, degree = 1): Expr => {
      let body = expr(within(size, 1))
      for (let k = 0; k < degree; k++)
        if (below(5) < 3) body = { _tag: 'Mul', left: { _tag: 'Variable', depth: 0 }, right: body }
      return body
    }
    const make: ReadonlyArray<readonly [weight: number, make: () => Expr]> = [
      [3, () => ({ _tag: 'Add', left: expr(within(split(2)[0])), right: expr(within(split(2)[1])) })],
      [6, () => ({ _tag: 'Mul', left: expr(within(split(2)[0])), right: expr(within(split(2)[1])) })],
      [2, () => ({ _tag: 'Sin', of: expr(within(rest)) })],
      [0.3, () => ({ _tag: 'Stop', of: expr(within(rest)) })],
      [
        2,
        () => {
          const [a, b] = split(2)
          return { _tag: 'Let', value: expr(within(a)), body: expr(within(b, 1)), by }
        }
      ],
      [
        6,
        () => {
          const [a, b] = split(2)
          return { _tag: 'Slope', body: moving(a + b - 1), at: expr(within(1)), by }
        }
      ],
      [1, () => ({ _tag: 'Curve', body: moving(rest, 2), at: expr(within(1)), by })],
      [
        1.5,
        () => {
          const [a, b] = split(2)
          return { _tag: 'Push', body: moving(a), at: expr(within(1)), along: expr(within(b)), by }
        }
      ],
      [
        2,
        () => {
          const [a, b] = split(2)
          return { _tag: 'Pull', body: moving(a), at: expr(within(1)), rest: expr(within(b, 1, 1)), by }
        }
      ],
      [1.5, () => ({ _tag: 'Loop', times: below(3) + 1, body: expr(silent(rest, 1)), init: expr(within(1)), by })],
      [2, () => ({ _tag: 'Lanes', body: expr(within(rest, 1)), at: expr(within(1)) })],
      [
        1,
        () => {
          const [a, b] = split(2)
          return { _tag: 'Choose', test: expr(within(1)), yes: expr(silent(a)), no: expr(silent(b)) }
        }
      ],
      [
        isOfRules ? 16 : 4,
        () => {
          const [a, b] = split(2)
          const value = expr({ size: isOfRules ? 1 : Math.min(a, 4), variables: 1, functions: 0, effects: [] })
          return { _tag: 'Rule', value, slope: expr(silent(b, 1)), at: expr(within(1)), by }
        }
      ],
      [place.effects.length > 0 ? 3 : 0, () => ask(within(rest))],
      [isOfRules ? 0 : place.effects.length < 2 ? 4 : 0.5, () => handle(place, rest, by)]
    ]
    let at = random() * make.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, one] of make) {
      at -= weight
      if (at < 0) return one()
    }
    return leaf(place)
  }

  const ask = (place: Place): Expr => ({
    _tag: 'Ask',
    effect: place.effects[below(place.effects.length)],
    payload: place.size > 1 ? expr(place) : leaf(place)
  })

  const asked = (place: Place): Expr | undefined =>
    place.effects.length > 0 && below(3) === 0 ? ask({ ...place, size: 1 }) : undefined

  const handle = (place: Place, rest: number, by: number): Expr => {
    const effect: Name = place.effects.includes('a') ? 'b' : 'a'
    const body = (more: number): Expr =>
      expr({
        ...place,
        size: rest,
        variables: place.variables + more,
        effects: [...new Set([...place.effects, effect])]
      })
    const outside = (more: number, functions = 0): Expr =>
      expr({
        ...place,
        size: 1 + below(3),
        variables: place.variables + more,
        functions: place.functions + functions
      })
    const hows: ReadonlyArray<() => { how: How; body: Expr }> = [
      () => ({ how: { _tag: 'Once', answer: outside(1) }, body: body(0) }),
      () => ({ how: { _tag: 'Twice', first: outside(1), second: outside(2) }, body: body(0) }),
      () => ({ how: { _tag: 'Twice', first: outside(1), second: { _tag: 'Variable', depth: 0 } }, body: body(0) }),
      () => ({ how: { _tag: 'State', initial: outside(0), next: outside(2) }, body: body(0) }),
      () => ({
        how: { _tag: 'Pulled', at: outside(0), first: outside(1), second: outside(2, 1), by },
        body: body(1)
      })
    ]
    return { _tag: 'Handle', effect, ...hows[below(hows.length)]() }
  }

  return {
    expr: expr({ size: 4 + below(22), variables: 1, functions: 0, effects: [] }),
    x: [-1.5, -0.5, 0, 0.75, 1, 2][below(6)]
  }
}
