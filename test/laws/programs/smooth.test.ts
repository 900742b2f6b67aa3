/** Random programs of all operations meet the laws that each operation meets: smooth ones, up to second order. */

import { derivativeLaws, scriptPoints, slopeLaws } from 'freegrad/laws'
import { hold } from '../describe.js'

hold(slopeLaws(scriptPoints('smooth')))
hold(derivativeLaws(scriptPoints('smooth')))
