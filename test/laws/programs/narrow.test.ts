/** Random programs of all operations meet the laws that each operation meets: smooth ones, in parts of float32. */

import { derivativeLaws, narrowly, scriptPoints } from 'freegrad/laws'
import { hold } from '../describe.js'

hold(derivativeLaws(scriptPoints('smooth', { dtypes: ['float64', 'float32'] }), narrowly))
