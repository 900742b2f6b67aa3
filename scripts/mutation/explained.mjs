/**
 * Mutants that no test can kill, since they mean the same: each with its reason. They are named by their declaration and
 * their whole text, so that a reason covers no other mutant and stays when a declaration moves to another file; a number
 * behind it, as in `(2)`, is that of the same text later in the declaration.
 */

// --- model
/** @typedef {readonly [declaration: string, from: string, to: string | ReadonlyArray<string>]} Named */

const [ops, linalg, handlers, graph] = ['src/ops', 'src/linalg', 'src/handlers', 'src/compile/graph']

/** @type {ReadonlyArray<readonly [reason: string, folder: string, named: ReadonlyArray<Named>]>} */
const reasons = [
  [
    'a shortcut: the general case gives the same operands',
    ops,
    [
      ['meet', '!floating || isFloating(dtype)', 'isFloating(dtype)'],
      ['meet', '!floating || isFloating(x.type.dtype)', 'isFloating(x.type.dtype)'],
      ['meet', 'dtype === y.type.dtype && (!floating || isFloating(dtype))', 'false'],
      ['meet', 'raws.length === 2 && isTensor(x) && isTensor(y)', 'false'],
      ['meet', 'raws.length === 1 && isTensor(x) && (!floating || isFloating(x.type.dtype))', 'false'],
      ['both', 'isEverywhere', 'false']
    ]
  ],
  [
    'of a real number: the conjugate and the real part are itself, and what is left is 0',
    linalg,
    [
      ['logDeterminant', 'isComplex(trace.type.dtype)', 'true'],
      ['assembledAs', 'twist && isComplex(a.type.dtype)', 'twist'],
      ['tall', 'isComplex(a.type.dtype)', 'true'],
      ['thin', 'columns.isConjugate && isComplex(u.type.dtype)', 'columns.isConjugate']
    ]
  ],
  [
    'a shortcut for square matrices, beside whose columns there is nothing',
    linalg,
    [
      ['thin', 'm >= n', '(m) > (n)'],
      ['thin', 'm > k', ['(m) >= (k)', 'true']],
      ['thin', 'n > k', ['(n) >= (k)', 'true']],
      ['factors', 'n === k', 'false'],
      ['tall', 'm === n', 'false'],
      [
        'assembledAs',
        'isSymmetric || (m === k && n === k)',
        ['false', 'isSymmetric', '(m === k && n === k)', '(isSymmetric) && ((m === k && n === k))']
      ]
    ]
  ],
  ['the matrix is square', linalg, [['eigenOf', '0', '1']]],
  [
    'any shift beyond the norm makes the squares of eigenvalues different, of either sign',
    linalg,
    [
      ['eigenOf', '2', '(2 + 1)'],
      [
        'eigenOf',
        'ops.add(near, ops.mul(ops.mul(2, size), identity(a, n)))',
        'ops.sub(near, ops.mul(ops.mul(2, size), identity(a, n)))'
      ]
    ]
  ],
  ['only the vectors have a second axis', linalg, [['eigenOf', 'index === 1 && axis === 1', 'axis === 1']]],
  [
    'what a solver starts from: the solution has the derivative of its equation',
    linalg,
    [
      ['tall', 'ops.stopGradient(s)', 's'],
      ['tall', 'ops.stopGradient(vt)', 'vt']
    ]
  ],
  [
    'what a selection around it leaves out',
    linalg,
    [
      ['pseudoinverse', '1', ['(1 + 1)', '0']],
      ['pseudoinverse', 'ops.select(isThere, s, 1)', 's']
    ]
  ],
  [
    'a limit on a search that ends before it',
    ops,
    [
      ['depth', '8', '(8 + 1)'],
      ['productOfFactors', '8', '(8 + 1)']
    ]
  ],
  [
    'a shortcut: what follows returns the same',
    handlers,
    [
      ['termGiven', 'term.type === due', 'false'],
      ['costOfBody', 'before !== undefined', 'false'],
      ['termwise', 'dxs.every((dx) => dx === undefined)', 'false']
    ]
  ],
  [
    'indices that are the same in all lanes are repeated for each lane, with the same sums',
    ops,
    [['scatterAdd', 'batched[0] && !batched[1] && batch === 0', 'false']]
  ],
  [
    'a bool is stored as 0 or 1, whatever number stands for true',
    ops,
    [
      ['isFinite', '1', '(1 + 1) (2)'],
      ['not', '1', '(1 + 1) (2)']
    ]
  ],
  [
    'the first coefficient of a recurrence, and those before the first live element, meet a 0',
    ops,
    [['linearRecurrence', '0', ['1 (4)', '1 (5)', '1 (6)', '1 (7)']]]
  ],
  ['axes that are paired are as many on both sides', ops, [['dot', '0', ['1 (15)', '1 (16)', '1 (18)', '1 (19)']]]],
  [
    'a second pass over numbers in range computes the same norm',
    ops,
    [
      ['norm', 'b.lt(total, Number.POSITIVE_INFINITY)', 'b.lt(Number.POSITIVE_INFINITY, total)'],
      ['norm', '2', '0 (2)']
    ]
  ],
  [
    'the limit between two ways to compute the same power',
    ops,
    [['integerPow', 'Math.abs(n) > 64', '(Math.abs(n)) >= (64)']]
  ],
  [
    'a coefficient that is 0 in every branch is returned by the branch, as a 0',
    ops,
    [['branchBlock', 'k % count === r && i === j', 'k % count === r']]
  ],
  [
    'no variable receives a cotangent but the sources, and no place is -1',
    handlers,
    [
      ['pull', 'isSource[i] || head instanceof Variable', 'isSource[i]'],
      ['pull', 'places[at] >= 0 && depends[places[at]]', 'depends[places[at]]']
    ]
  ],
  [
    'a series that is not known to be linear follows from its tangents, with the same numbers',
    handlers,
    [
      ['isLinear', "arity === 'many'", 'false'],
      ['isLinear', '0', '1']
    ]
  ],
  [
    'only an array has a size',
    handlers,
    [['areFinite', 'x.head instanceof NDArray && x.head.size === 1', 'x.head.size === 1']]
  ],
  [
    'how far two terms are compared: a series that is not recognized is made anew, with the same numbers',
    handlers,
    [
      ['find', '3', '(3 + 1)'],
      ['isSame', '1', ['(1 + 1)', '0']]
    ]
  ],
  ['a fold does not reach a node that no rule names', handlers, [['tangentsAlong', 'mayName', ['true', 'true (2)']]]],
  [
    'only a block has a rule for series',
    handlers,
    [['pushSeries', 'isBlock(op) && op.rules.series !== undefined', 'op.rules.series !== undefined']]
  ],
  [
    'the tangent of an integer, and of what is flat, is a zero, so its series is a constant in either way',
    handlers,
    [
      [
        'carrierOf',
        '!isFloating(y.type.dtype) || rules.jvp === flat',
        ['rules.jvp === flat', '!isFloating(y.type.dtype)', '(!isFloating(y.type.dtype)) && (rules.jvp === flat)']
      ]
    ]
  ],
  [
    'a captured node that is the same in all lanes is its own lane, and a batched one is another node',
    ops,
    [['seedsFor', '!batched', 'batched']]
  ],
  [
    'an operand that a body does not use is left out when the block is made',
    ops,
    [['scanBack', 'k >= from && !linear.has(parameters[k])', 'k >= from']]
  ],
  [
    'a mask that is true everywhere, in place of none',
    ops,
    [
      ['scanBack', 'rest.filter(partly)', 'rest'],
      ['scanBack', 'elements.filter(partly)', 'elements']
    ]
  ],
  [
    'any number below the size of a set begins the loop, and nothing depends on an empty set',
    ops,
    [['linearParameters', '1', ['(1 + 1)', '0']]]
  ],
  [
    'nodes that are variables of a pull are not passed by either, held or not',
    ops,
    [['arrivals', 'parameters.filter((_, k) => !variables.includes(k))', 'parameters']]
  ],
  [
    'what is undefined is not below a bound',
    graph,
    [
      ['rules', 'a !== undefined && Math.abs(a) <= 2 ** 100', 'Math.abs(a) <= 2 ** 100'],
      ['rules', 'b !== undefined && Math.abs(b) <= 2 ** 100', 'Math.abs(b) <= 2 ** 100']
    ]
  ],
  [
    'an instruction of one operand ignores the second',
    graph,
    [
      ['simplified', 'b ?? 0', 'b'],
      ['simplified', '0', '1']
    ]
  ],
  [
    'a limit on a loop that ends before it',
    linalg,
    [
      ['orthogonal', 'ops.lt(sweep, most)', 'ops.le(sweep, most)'],
      ['shifted', '375', '(375 + 1)'],
      ['shifted', '3000', '(3000 + 1)']
    ]
  ],
  [
    'elements that are replaced or not read afterwards',
    linalg,
    [
      ['rowByRow', 'ops.gt(row, k)', 'ops.ge(row, k)'],
      ['pivotByPivot', 'ops.gt(place, k)', ['ops.ge(place, k)', 'ops.ge(place, k) (2)', 'ops.ge(place, k) (3)']]
    ]
  ],
  [
    'a typed array ignores what is written behind its end',
    ops,
    [
      ['threefry', 'i < out.length', '(i) <= (out.length)'],
      ['iota', 'i < out.length', '(i) <= (out.length)'],
      ['contractRows', 'j < n', ['(j) <= (n)', '(j) <= (n) (2)', '(j) <= (n) (3)']],
      ['elementwise', 'i < out.length', ['(i) <= (out.length)', '(i) <= (out.length) (2)', '(i) <= (out.length) (3)']],
      ['walk', 'i < out.length', '(i) <= (out.length)']
    ]
  ],
  [
    'the sign of a vector means nothing, and a quarter turn may go either way',
    linalg,
    [
      [
        'rotated',
        'ops.sub(ops.mul(cos, upper), ops.mul(sin, lower))',
        'ops.sub(ops.mul(sin, lower), ops.mul(cos, upper))'
      ],
      ['rotated', 'ops.lt(ratio, 0)', 'ops.le(ratio, 0)']
    ]
  ],
  [
    'the size below which a matrix is not halved: the factors are the same',
    linalg,
    [
      ['factorsOf', 'n <= leaf', ['true', '(n) < (leaf)']],
      ['reflected', 'n <= leaf', ['true', '(n) < (leaf)']]
    ]
  ],
  [
    'the coefficient changes by less than its rounding',
    linalg,
    [
      ['approximants', '64764752532480000', '(64764752532480000 + 1)'],
      ['approximants', '32382376266240000', '(32382376266240000 + 1)'],
      ['approximants', '7771770303897600', '(7771770303897600 + 1)'],
      ['approximants', '1187353796428800', '(1187353796428800 + 1)']
    ]
  ],
  [
    'among orders that cost the same either is the cheapest',
    linalg,
    [
      [
        'chained',
        'options.reduce((least, option) => (option.cost < least.cost ? option : least))',
        'options.reduceRight((least, option) => (option.cost < least.cost ? option : least))'
      ]
    ]
  ],
  [
    'the two shifts add up to the same power',
    linalg,
    [['shifted', 'ops.floor(ops.div(total, 3))', 'ops.ceil(ops.div(total, 3))']]
  ]
]

/** @type {Map<string, string>} */
const known = new Map()
for (const [reason, folder, named] of reasons)
  for (const [declaration, from, to] of named)
    for (const each of [to].flat()) known.set(`${folder} ${declaration}: ${from} → ${each}`, reason)

// --- combinators
/** Why a mutant may live, if there is a reason. @param {string} key `folder declaration: from → to` */
export const explained = (key) => known.get(key)

/**
 * The explanations of a folder that explain no mutant, because the code has changed.
 * @param {string} folder
 * @param {ReadonlyArray<string>} keys of all mutants in that folder
 */
export const outdated = (folder, keys) => {
  const all = new Set(keys)
  return [...known.keys()].filter((key) => key.startsWith(`${folder} `) && !all.has(key))
}
