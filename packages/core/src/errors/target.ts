/** How errors name a request: method, origin and path. Never the query, a fragment or user information. */
export function describeTarget(request: {
  readonly method: string
  readonly origin: string
  readonly path: string
}): string {
  const end = request.path.search(/[?#]/)
  return `${request.method} ${request.origin}${end === -1 ? request.path : request.path.slice(0, end)}`
}
