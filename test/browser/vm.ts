/** The one function of `node:vm` that tests use, for tests in a page, where a frame provides another realm. */

interface Frame {
  readonly contentWindow: { eval(code: string): unknown }
}

declare const document: { createElement(name: 'iframe'): Frame; readonly body: { append(frame: Frame): void } }

export const runInNewContext = (code: string): unknown => {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  return frame.contentWindow.eval(code)
}
