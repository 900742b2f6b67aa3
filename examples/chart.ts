/** A chart: a curve and its moving average over labelled axes, as the text of an SVG file. */
import { pipe } from 'fp-ts/lib/function.js'
import * as RA from 'fp-ts/lib/ReadonlyArray.js'

// --- model
export type Chart = Readonly<{ title: string; x: string; y: string; values: ReadonlyArray<number> }>

/** A scale takes numbers between `from` and `to` to places on the page, and has marks at round numbers. */
type Scale = Readonly<{ place: (x: number) => number; marks: ReadonlyArray<number> }>

const [width, height] = [720, 400]
const [left, right, top, bottom] = [70, 700, 50, 345]

// --- constructors
/** About five marks, at multiples of 1, 2 or 5 times a power of ten. */
const marks = (from: number, to: number): ReadonlyArray<number> => {
  const rough = (to - from) / 6
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 5].find((n) => n * power >= rough) ?? 10)
  const first = Math.ceil(from / step)
  return RA.makeBy(Math.floor(to / step) - first + 1, (i) => Number(((first + i) * step).toPrecision(6)))
}

const scale = (from: number, to: number, start: number, end: number): Scale => ({
  place: (x) => Math.round((start + ((end - start) * (x - from)) / (to - from)) * 100) / 100,
  marks: marks(from, to)
})

/** The exponential moving average, from the first value on. */
const smoothed = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  pipe(
    values,
    RA.scanLeft(values[0] ?? 0, (average, value) => 0.9 * average + 0.1 * value),
    RA.dropLeft(1)
  )

// --- combinators
const text = (x: number, y: number, content: string, attributes = ''): string =>
  `<text x="${x}" y="${y}" ${attributes}>${content.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text>`

const line = (from: readonly [number, number], to: readonly [number, number], stroke: string): string =>
  `<line x1="${from[0]}" y1="${from[1]}" x2="${to[0]}" y2="${to[1]}" stroke="${stroke}"/>`

const curve = (x: Scale, y: Scale, values: ReadonlyArray<number>, style: string): string =>
  `<polyline fill="none" ${style} points="${values.map((v, i) => `${x.place(i + 1)},${y.place(v)}`).join(' ')}"/>`

/** The chart of values at 1, 2, 3, ...: the values pale, their moving average strong. */
export const svg = ({ title, x, y, values }: Chart): string => {
  const across = scale(0, Math.max(1, values.length), left, right)
  const up = scale(0, Math.max(...values, 1e-9), bottom, top)
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(left, 28, title, 'font-size="16" font-weight="bold"'),
    text(right, 28, 'pale: each step, dark: moving average', 'text-anchor="end" fill="#555"'),
    ...up.marks.map((v) => line([left, up.place(v)], [right, up.place(v)], '#e4e4e4')),
    ...up.marks.map((v) => text(left - 8, up.place(v) + 4, String(v), 'text-anchor="end"')),
    ...across.marks.map((v) => line([across.place(v), bottom], [across.place(v), bottom + 5], '#555')),
    ...across.marks.map((v) => text(across.place(v), bottom + 20, String(v), 'text-anchor="middle"')),
    line([left, bottom], [right, bottom], '#555'),
    line([left, top], [left, bottom], '#555'),
    text((left + right) / 2, height - 12, x, 'text-anchor="middle"'),
    text(0, 0, y, `text-anchor="middle" transform="translate(20 ${(top + bottom) / 2}) rotate(-90)"`),
    curve(across, up, values, 'stroke="#9cc3e6" stroke-width="1"'),
    curve(across, up, smoothed(values), 'stroke="#1f5f99" stroke-width="2"'),
    '</svg>',
    ''
  ].join('\n')
}
