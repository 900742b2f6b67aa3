/**
 * Trees: nested containers with arrays at their leaves.
 *
 * @packageDocumentation
 */
export {
  type Container,
  Eq,
  equals,
  flatten,
  type Leaf,
  type LeafOf,
  type Leaves,
  leaves,
  map,
  paths,
  prefix,
  type Registered,
  register,
  Show,
  type Structure,
  structure,
  transpose,
  unflatten
} from './language/tree.js'
