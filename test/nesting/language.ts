/**
 * A small language of nested transforms: numbers, derivatives, loops, functions with rules, effects and their handlers.
 * `dual.ts` and `built.ts` are its two meanings. Variables and pullbacks are counted from the innermost binder.
 */

// --- model
export type Expr =
  | Readonly<{ _tag: 'Number'; value: number }>
  | Readonly<{ _tag: 'Variable'; depth: number }>
  | Readonly<{ _tag: 'Add' | 'Mul'; left: Expr; right: Expr }>
  | Readonly<{ _tag: 'Sin' | 'Stop'; of: Expr }>
  /** `body` with one more variable; by `gen` or by `chain`, where `value` asks. */
  | Readonly<{ _tag: 'Let'; value: Expr; body: Expr; by: number }>
  /** The first, or second, derivative of `body` by a variable that it binds; `by` one of several transforms. */
  | Readonly<{ _tag: 'Slope' | 'Curve'; body: Expr; at: Expr; by: number }>
  /** The tangent of `body`, whose variable moves `along`. */
  | Readonly<{ _tag: 'Push'; body: Expr; at: Expr; along: Expr; by: number }>
  /** `rest` has the value of `body` as a variable, and its pullback or pushforward as a function. */
  | Readonly<{ _tag: 'Pull'; body: Expr; at: Expr; rest: Expr; by: number }>
  /** Such a function applied. */
  | Readonly<{ _tag: 'Apply'; depth: number; to: Expr }>
  /** `body` of the carry, some times over, as one of several loops. */
  | Readonly<{ _tag: 'Loop'; times: number; body: Expr; init: Expr; by: number }>
  /** The sum of `body` over two lanes, `at` and half of it. */
  | Readonly<{ _tag: 'Lanes'; body: Expr; at: Expr }>
  | Readonly<{ _tag: 'Choose'; test: Expr; yes: Expr; no: Expr }>
  /** A function, which sees its argument only, and its slope, which sees all around it and may lie. */
  | Readonly<{ _tag: 'Rule'; value: Expr; slope: Expr; at: Expr; by: number }>
  | Readonly<{ _tag: 'Ask'; effect: Name; payload: Expr }>
  | Readonly<{ _tag: 'Handle'; effect: Name; body: Expr; how: How }>

export type Name = 'a' | 'b'

/** What a handler does with a question; its expressions stand outside of `body`. */
export type How =
  /** Answers with `answer`, which has the question as a variable. */
  | Readonly<{ _tag: 'Once'; answer: Expr }>
  /** Resumes with `first`, and then with `second`, which has the first result and the question as variables. */
  | Readonly<{ _tag: 'Twice'; first: Expr; second: Expr }>
  /** Answers with the state and goes on with `next`, which has the question and the state as variables. */
  | Readonly<{ _tag: 'State'; initial: Expr; next: Expr }>
  /**
   * As `Twice`, around the derivative of `body` by its variable: `second` has the value of the first pass as a variable,
   * and its pullback or pushforward as a function. The result is the slope plus the value.
   */
  | Readonly<{ _tag: 'Pulled'; at: Expr; first: Expr; second: Expr; by: number }>

/** What stands for the variables and functions of an expression, the innermost first. */
export interface Scope<X, F> {
  readonly variables: ReadonlyArray<X>
  readonly functions: ReadonlyArray<F>
}

// --- combinators
/** A scope with more variables in it. */
export const bind = <X, F>({ variables, functions }: Scope<X, F>, ...xs: ReadonlyArray<X>): Scope<X, F> => ({
  variables: [...xs, ...variables],
  functions
})

/** A scope with one more function in it. */
export const bindFunction = <X, F>({ variables, functions }: Scope<X, F>, f: F): Scope<X, F> => ({
  variables,
  functions: [f, ...functions]
})

/** An expression as text. */
export const shown = (e: Expr): string => {
  switch (e._tag) {
    case 'Number':
      return String(e.value)
    case 'Variable':
      return `v${e.depth}`
    case 'Add':
      return `(${shown(e.left)} + ${shown(e.right)})`
    case 'Mul':
      return `${shown(e.left)}·${shown(e.right)}`
    case 'Apply':
      return `f${e.depth}(${shown(e.to)})`
    default: {
      const parts = Object.entries(e).flatMap(([key, part]: [string, unknown]) =>
        key === '_tag'
          ? []
          : [`${key} ${isExpr(part) ? shown(part) : typeof part === 'object' ? how(part as How) : part}`]
      )
      return `${e._tag}{${parts.join(', ')}}`
    }
  }
}

const isExpr = (x: unknown): x is Expr =>
  typeof x === 'object' && !['Once', 'Twice', 'State', 'Pulled'].includes((x as Expr)._tag)

const how = (h: How): string =>
  `${h._tag}{${Object.entries(h)
    .flatMap(([key, part]) => (key === '_tag' ? [] : [`${key} ${isExpr(part) ? shown(part) : part}`]))
    .join(', ')}}`

/** Expressions that are simpler in one place, which stand in the same scope. */
export const simpler = (e: Expr): ReadonlyArray<Expr> => {
  const found: Array<Expr> = []
  if (e._tag !== 'Number') found.push({ _tag: 'Number', value: 0.5 })
  if (e._tag !== 'Number' && e._tag !== 'Variable') found.push({ _tag: 'Variable', depth: 0 })
  const sameScope: Readonly<Record<string, ReadonlyArray<string>>> = {
    Add: ['left', 'right'],
    Mul: ['left', 'right'],
    Sin: ['of'],
    Stop: ['of'],
    Choose: ['yes', 'no'],
    Handle: e._tag === 'Handle' && e.how._tag !== 'Pulled' ? ['body'] : []
  }
  const parts = e as unknown as Readonly<Record<string, Expr>>
  for (const key of sameScope[e._tag] ?? ['at', 'init', 'value', 'payload', 'to'])
    if (key in parts && !(e._tag === 'Rule' && key === 'value')) found.push(parts[key])
  for (const [key, part] of Object.entries(e) as ReadonlyArray<[string, unknown]>) {
    if (typeof part !== 'object' || part === null) {
      if (key === 'by' && part !== 0) found.push({ ...e, by: 0 } as Expr)
      continue
    }
    if (isExpr(part)) for (const less of simpler(part)) found.push({ ...e, [key]: less } as Expr)
    else
      for (const [inner, each] of Object.entries(part as How))
        if (typeof each === 'object')
          for (const less of simpler(each)) found.push({ ...e, [key]: { ...part, [inner]: less } } as Expr)
  }
  return found
}
