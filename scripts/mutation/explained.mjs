/**
 * Mutants that no test can kill, since they mean the same: each with its reason. They are named by their whole text, so
 * that a reason covers no other mutant; a number behind it, as in `(2)`, is that of the same text later in the file.
 */

// --- model
/** @typedef {readonly [file: string, from: string, to: string | ReadonlyArray<string>]} Named */

const [shortcut, limit, replaced, behindTheEnd, sign, blocks, rounding] = [
  'a shortcut: the general case gives the same operands',
  'a limit on a search or a loop that ends before it',
  'elements that are replaced or not read afterwards',
  'a typed array ignores what is written behind its end',
  'the sign of a vector means nothing, and a quarter turn may go either way',
  'the size below which a matrix is not halved: the factors are the same',
  'the coefficient changes by less than its rounding'
]

/** @type {ReadonlyArray<readonly [reason: string, named: ReadonlyArray<Named>]>} */
const reasons = [
  [
    shortcut,
    [
      ['src/ops/promote.ts', '!floating || isFloating(dtype)', 'isFloating(dtype)'],
      ['src/ops/promote.ts', '!floating || isFloating(x.type.dtype)', 'isFloating(x.type.dtype)'],
      ['src/ops/promote.ts', 'dtype === y.type.dtype && (!floating || isFloating(dtype))', 'false'],
      ['src/ops/promote.ts', 'raws.length === 2 && x instanceof Tensor && y instanceof Tensor', 'false'],
      [
        'src/ops/promote.ts',
        'raws.length === 1 && x instanceof Tensor && (!floating || isFloating(x.type.dtype))',
        'false'
      ],
      ['src/ops/live.ts', 'isEverywhere', 'false'],
      ['src/linalg/determinant.ts', 'ops.mul(sign, 0)', '0']
    ]
  ],
  [
    limit,
    [
      ['src/ops/square.ts', '8', '(8 + 1)'],
      ['src/ops/factors.ts', '8', '(8 + 1)'],
      ['src/linalg/jacobi.ts', 'ops.lt(sweep, most)', 'ops.le(sweep, most)'],
      ['src/linalg/scale.ts', '375', '(375 + 1)'],
      ['src/linalg/scale.ts', '3000', '(3000 + 1)']
    ]
  ],
  [
    replaced,
    [
      ['src/linalg/triangular.ts', 'ops.gt(row, k)', 'ops.ge(row, k)'],
      [
        'src/linalg/determinant.ts',
        'ops.gt(place, k)',
        ['ops.ge(place, k)', 'ops.ge(place, k) (2)', 'ops.ge(place, k) (3)']
      ]
    ]
  ],
  [
    behindTheEnd,
    [
      ['src/ops/threefry.ts', 'i < out.length', '(i) <= (out.length)'],
      ['src/ops/dot.ts', 'j < n', ['(j) <= (n)', '(j) <= (n) (2)', '(j) <= (n) (3)']],
      [
        'src/ops/kernel.ts',
        'i < out.length',
        ['(i) <= (out.length)', '(i) <= (out.length) (2)', '(i) <= (out.length) (3)', '(i) <= (out.length) (4)']
      ]
    ]
  ],
  [
    sign,
    [
      [
        'src/linalg/jacobi.ts',
        'ops.sub(ops.mul(cos, upper), ops.mul(sin, lower))',
        'ops.sub(ops.mul(sin, lower), ops.mul(cos, upper))'
      ],
      ['src/linalg/jacobi.ts', 'ops.lt(ratio, 0)', 'ops.le(ratio, 0)']
    ]
  ],
  [
    blocks,
    [
      ['src/linalg/lu.ts', 'n <= leaf', ['true', '(n) < (leaf)']],
      ['src/linalg/qr.ts', 'n <= leaf', ['true', '(n) < (leaf)']]
    ]
  ],
  [
    rounding,
    [
      ['src/linalg/expm.ts', '64764752532480000', '(64764752532480000 + 1)'],
      ['src/linalg/expm.ts', '32382376266240000', '(32382376266240000 + 1)'],
      ['src/linalg/expm.ts', '7771770303897600', '(7771770303897600 + 1)'],
      ['src/linalg/expm.ts', '1187353796428800', '(1187353796428800 + 1)']
    ]
  ],
  [
    'among orders that cost the same either is the cheapest',
    [
      [
        'src/linalg/products.ts',
        'options.reduce((least, option) => (option.cost < least.cost ? option : least))',
        'options.reduceRight((least, option) => (option.cost < least.cost ? option : least))'
      ]
    ]
  ],
  [
    'the two shifts add up to the same power',
    [['src/linalg/scale.ts', 'ops.floor(ops.div(total, 3))', 'ops.ceil(ops.div(total, 3))']]
  ]
]

/** @type {Map<string, string>} */
const known = new Map()
for (const [reason, named] of reasons)
  for (const [file, from, to] of named) for (const each of [to].flat()) known.set(`${file}: ${from} → ${each}`, reason)

// --- combinators
/** Why a mutant may live, if there is a reason. @param {string} key `file: from → to` */
export const explained = (key) => known.get(key)
