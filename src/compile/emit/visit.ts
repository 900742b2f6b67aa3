/**
 * Visit: the code of loops and branches, wherever states are kept. A keeper says what it means to run kernels, to read a
 * number and to move a window. There are two: `control.ts` keeps everything in memory and calls a function for each
 * kernel; `registers.ts` keeps small arrays in local variables and writes loop nests out. The loops of a nest
 * (`loop/iteration.ts`, `loop/recurrence.ts`) are not visited: they count in addresses and have no kernels inside.
 */
import { itemSize } from '../../language/data/dtype.js'
import { type Access, type Buffer, type Kernel, type Move, moveKernels, type Nested } from '../kernels/kernel.js'
import type { Code, Local } from '../wasm/code.js'
import { burn } from './fuel.js'

// --- model
/** How values are kept while loops and branches run. */
export interface Keeper {
  /** Runs kernels one after the other. */
  run(kernels: ReadonlyArray<Kernel>): void
  /** Puts the one number of an access on the stack. */
  read(access: Access): void
  /** Whether the next value of a state is already in the place of the state. */
  isMoved(move: Move): boolean
  /** Puts the address on the stack that is so many bytes behind the beginning of a buffer. */
  address(buffer: Buffer, bytes: number): void
  /** Where the address of a window is kept; nowhere if nothing reads or writes the window. */
  windowOf(window: Buffer): Variable | undefined
  /** Begins a step of a loop, with windows at the elements of that step. */
  step(windows: ReadonlyArray<Buffer>): void
}

export interface Variable {
  /** Puts the value on the stack. */
  readonly get: () => void
  /** Sets the variable to what is put on the stack meanwhile. */
  readonly set: (value: () => void) => void
}

// --- combinators
/** Writes a loop or branch. If it is limited, a loop that might not end burns fuel. */
export const visit = (code: Code, kernel: Nested, keeper: Keeper, limited: boolean): void => {
  const move = (moves: ReadonlyArray<Move>): void =>
    keeper.run(moveKernels(moves.filter((each) => !keeper.isMoved(each))))
  switch (kernel.kind) {
    case 'iterate': {
      const { length, reverse, enter, slides, body, moves } = kernel
      const windows = slides.flatMap(({ window, whole, step }) => {
        const variable = keeper.windowOf(window)
        return variable === undefined ? [] : [{ ...variable, window, whole, step: step * itemSize[whole.dtype] }]
      })
      keeper.run(enter)
      const first = reverse ? length - 1 : 0
      for (const { set, whole, step } of windows)
        set(() => keeper.address(whole.buffer, whole.offset * itemSize[whole.dtype] + first * step))
      const left = code.local('i32')
      code.i32(length)
      code.set(left)
      code.loop(() => {
        keeper.step(windows.map(({ window }) => window))
        keeper.run(body)
        move(moves)
        for (const { get, set, step } of windows)
          set(() => {
            get()
            code.i32(reverse ? -step : step)
            code.op('i32.add')
          })
        code.get(left)
        code.i32(1)
        code.op('i32.sub')
        code.tee(left)
        code.brIf(0)
      })
      code.release(left)
      break
    }
    case 'repeat': {
      const { enter, test, condition, body, moves } = kernel
      keeper.run(enter)
      code.block(() =>
        code.loop(() => {
          keeper.run(test)
          keeper.read(condition)
          code.op('i32.eqz')
          code.brIf(1)
          if (limited) burn(code, 1)
          keeper.run(body)
          move(moves)
          code.br(0)
        })
      )
      break
    }
    case 'branch': {
      const { index, arms } = kernel
      const at = code.local('i32')
      keeper.read(index)
      code.set(at)
      choose(code, at, index, arms.length, (arm) => keeper.run(arms[arm]))
      code.release(at)
    }
  }
}

/** Runs the arm at the index in a local; the index is clamped to the first and last arm. */
const choose = (code: Code, at: Local, { dtype }: Access, arms: number, run: (arm: number) => void): void => {
  if (dtype === 'int32') {
    code.i32(0)
    code.get(at)
    code.get(at)
    code.i32(0)
    code.op('i32.lt_s')
    code.op('select')
    code.set(at)
  }
  // A block for each arm, the first innermost: leaving the block of an arm leads to the arm.
  const nested = (arm: number): void => {
    if (arm < 0) {
      code.get(at)
      code.brTable(arms - 1)
      return
    }
    code.block(() => nested(arm - 1))
    run(arm)
    code.br(arms - 1 - arm)
  }
  code.block(() => nested(arms - 1))
}
