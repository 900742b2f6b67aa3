/** Room: allocates and frees ranges of addresses, best fit first. */
export class Room {
  // Free stretches in order of offset, none of which touch.
  private readonly free: Array<{ offset: number; size: number }> = []
  constructor(public end: number) {}

  take(size: number): number {
    let best = -1
    for (let k = 0; k < this.free.length; k++)
      if (this.free[k].size >= size && (best < 0 || this.free[k].size < this.free[best].size)) best = k
    if (best < 0) {
      const offset = this.end
      this.end += size
      return offset
    }
    const stretch = this.free[best]
    const { offset } = stretch
    if (stretch.size === size) this.free.splice(best, 1)
    else {
      stretch.offset += size
      stretch.size -= size
    }
    return offset
  }

  give(offset: number, size: number): void {
    let k = 0
    while (k < this.free.length && this.free[k].offset < offset) k++
    this.free.splice(k, 0, { offset, size })
    this.join(k)
    if (k > 0) this.join(k - 1)
  }

  private join(k: number): void {
    const a = this.free[k]
    const b = this.free[k + 1]
    if (b === undefined || a.offset + a.size !== b.offset) return
    a.size += b.size
    this.free.splice(k + 1, 1)
  }
}
