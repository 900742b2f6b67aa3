/** The reason of an error that was made on purpose. */
import { FreegradError, type Reason, type Tag } from 'freegrad'

/** What `make` fails with, whatever else it may do; another error, or none, fails the test. */
export const reason = (make: () => unknown): Reason => {
  try {
    make()
  } catch (thrown) {
    if (thrown instanceof FreegradError) return thrown.error
    throw thrown
  }
  throw new Error('nothing was thrown')
}

/** The tag of that reason. */
export const tagOf = (make: () => unknown): Tag => reason(make)._tag
