/** The calls of families `activations` and `nn` in freegrad. */

import type { Tensor } from 'freegrad'
import * as nn from 'freegrad/nn'

// --- model
type Fn = (...xs: Tensor[]) => Tensor
type Call = (params: never) => Fn

// --- combinators
/** Functions that are given their params as options, which come last. */
const called = (names: string, functions: object): Readonly<Record<string, Call>> =>
  Object.fromEntries(
    names.split(/\s+/).map((name) => [
      name,
      (params: object) =>
        (...xs: ReadonlyArray<Tensor>) =>
          (functions as Record<string, (...args: ReadonlyArray<unknown>) => Tensor>)[name](
            ...xs,
            ...(Object.keys(params).length === 0 ? [] : [params])
          )
    ])
  )

type Drawn = Readonly<{ shape: ReadonlyArray<number> }>

/** Draws of parameters in a shape. */
const drawn = (names: string): Readonly<Record<string, Call>> =>
  Object.fromEntries(
    names.split(/\s+/).map((name) => [
      name,
      ({ shape, ...options }: Drawn) =>
        (key: Tensor) =>
          nn.initializers[name as 'zeros'](key, shape, options)
    ])
  )

// --- instances
export const activations: Readonly<Record<string, Call>> = called(
  `relu relu6 elu selu celu gelu silu sigmoid logSigmoid softplus softSign leakyRelu hardTanh hardSigmoid hardSilu
    squareplus mish huberLoss sigmoidBinaryCrossEntropy squaredError l2Loss logCosh`,
  nn
)

type Attention = Readonly<{ masked?: boolean; biased?: boolean; isCausal?: boolean; scale?: number }>

export const functions: Readonly<Record<string, Call>> = {
  ...called('glu standardize softmaxCrossEntropy softmaxCrossEntropyWithIntegerLabels', nn),
  standardizeBy: () => (x, mean, variance) => nn.standardize(x, { axis: 0, mean, variance }),
  oneHot:
    ({ classes, ...options }: { classes: number; axis?: number }) =>
    (x) =>
      nn.oneHot(x, classes, options),
  attention:
    ({ masked, biased, ...options }: Attention) =>
    (q, k, v, more) =>
      nn.dotProductAttention(q, k, v, {
        ...options,
        ...(masked === true ? { mask: more } : {}),
        ...(biased === true ? { bias: more } : {})
      }),
  ...drawn(
    `zeros ones uniform normal glorotUniform glorotNormal heUniform heNormal lecunUniform lecunNormal varianceScaling`
  )
}
