/** The one function of `node:fs` that tests use, in a page: a file is what the server has under its name. */

interface Request {
  readonly responseText: string
  open(method: string, url: URL, async: boolean): void
  send(): void
}

declare const XMLHttpRequest: new () => Request

export const readFileSync = (url: URL): string => {
  const request = new XMLHttpRequest()
  request.open('GET', url, false)
  request.send()
  return request.responseText
}
