/** Records: plain objects, of whatever realm, which may have no prototype. */

/** Whether an object is a plain record; it may have no prototype, or have been made in another realm. */
export const isRecord = (x: object): boolean => {
  try {
    const prototype: object | null = Object.getPrototypeOf(x)
    // Only the prototype of plain records has this method of its own.
    return prototype === Object.prototype || prototype === null || Object.hasOwn(prototype, 'isPrototypeOf')
  } catch {
    // A proxy that does not say is none.
    return false
  }
}
