/** Random programs of all operations meet the laws that each operation meets: those of every dtype, within and beyond the domains of their operations. */

import { evaluationLaws, scriptPoints } from 'freegrad/laws'
import { hold } from '../describe.js'

hold(evaluationLaws(scriptPoints('wild', { dtypes: ['float64', 'float32'] })))
