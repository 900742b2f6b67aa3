/** freegrad as CommonJS requires it. */

const { compile, grad, Tensor } = require('freegrad')
const { pow } = require('freegrad/numpy')

module.exports = { Tensor, result: compile(grad((x) => pow(x, 3)))(2).item() }
