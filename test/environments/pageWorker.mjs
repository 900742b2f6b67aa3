/** The suite in a module worker of a page. */

import { failures } from './suite.mjs'

failures(location.search !== '?forbidden').then((failed) => postMessage(failed))
