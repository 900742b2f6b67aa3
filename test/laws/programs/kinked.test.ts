/** Random programs of all operations meet the laws that each operation meets: those with kinks, ties and branches, up to second order. */

import { derivativeLaws, scriptPoints } from 'freegrad/laws'
import { hold } from '../describe.js'

hold(derivativeLaws(scriptPoints('kinked')))
