import { readFileSync } from 'node:fs'
import path from 'node:path'
import { httpServer, httpsServer } from '@halyard/testing'
import { describe, expect, test } from 'vitest'
import { root } from './docs/blocks.ts'
import { node, type Outcome } from './docs/workshop.ts'

/** Runs an example on the sources. One that does not end by itself has status -1. */
function run(name: string, ...args: string[]): Promise<Outcome> {
  return node(['-C', '@halyard/source', path.join(root, 'packages/examples/src', `${name}.ts`), ...args])
}

const anyHost = (text: string): string => text.replaceAll(/127\.0\.0\.1:\d+/g, 'HOST')

describe.concurrent('the small programs print what they promise, and end by themselves', { timeout: 60_000 }, () => {
  test('custom-middleware', async () => {
    expect(await run('custom-middleware')).toEqual({
      status: 0,
      output: [
        'tenant: acme',
        'tenant: none',
        'tenant: none',
        'tenant-header > deadline > decode-content > retry > attempt-timeout > auth > transfer > transport',
        '',
      ].join('\n'),
    })
  })

  test('calls-and-attempts prints what docs/calls-and-attempts.md says', async () => {
    const page = readFileSync(path.join(root, 'docs/calls-and-attempts.md'), 'utf8')
    const said = /```text\n(?<lines>.*?)```/s.exec(page)?.groups?.['lines']
    expect(await run('calls-and-attempts')).toEqual({ status: 0, output: said })
  })

  test('multipart', async () => {
    expect(await run('multipart')).toEqual({
      status: 0,
      output: `length not known, can be sent again: true
The form has arrived.
application/json: {"fields":4}
text/plain: title: Cats
tags: cute
tags: grey
photo: 1000000 bytes
`,
    })
  })

  test('progress-bar', async () => {
    expect(await run('progress-bar')).toEqual({
      status: 0,
      output: `uploaded: 200, 20000000 bytes
cut: socket
saved: 20000000 bytes, resumed: true
the same: true
`,
    })
  })

  test('errors', async () => {
    const { status, output } = await run('errors')
    expect(status).toBe(0)
    expect(anyHost(output)).toBe(
      `a 404:
  ClientRequestError, code status, sent yes
  body {"message":"no such thing"}
  GET http://HOST/missing: 404 Not Found
no JSON:
  DecodeError, code decode, sent yes
  GET http://HOST/text: the response (status 200) is text/html; asked for JSON
a schema that does not fit:
  ValidationError, 1 issue, at body
  GET http://HOST/user: the response's body (status 200, application/json) does not fit its schema: id: Invalid input: expected number, received string
a body cut short:
  TransportError, code socket, sent yes
  GET http://HOST/cut: the server closed the connection (other side closed); the response headers and 9 of 100 bytes of the body had arrived
no answer in time:
  TimeoutError, code timeout, sent maybe
  GET http://HOST/never: no response headers within 50 ms (attempt 3)
given up:
  AbortedError, code aborted, sent maybe
  GET http://HOST/given-up: aborted by the caller; no response headers had arrived
nobody there:
  TransportError, code connect, sent no
  GET http://HOST/: the connection was refused (connect ECONNREFUSED HOST)
a wrong option:
  ConfigError, code config, sent no
  timeout: expected milliseconds, more than 0 and at most 2147483647, or false, got -1
`,
    )
  })

  test('binding', async () => {
    const { status, output } = await run('binding')
    expect(status).toBe(0)
    expect(anyHost(output)).toBe(
      `json: 7, 1.1, 2026, [new]
xml: 7, 1.1, 2026, [new]
form: 7, 1.1, 2026, [new]
sent: application/xml: <?xml version="1.0" encoding="UTF-8"?><order><id>7</id><total>1.1</total><placed>2026-01-02T03:04:05.000Z</placed><tags>a &amp; b</tags></order>
match: No such order
records: the sum is 1001000
ValidationError: GET http://HOST/orders: the response's body (status 200, application/json) does not fit its schema: [1].id: Invalid input: expected number, received string
  path [1,"id"]
DecodeError: GET http://HOST/broken: the response (status 200) is not well-formed XML: an end tag that does not close the element that is open at order.id (line 2, column 8); near "<order>\\n  <id>7</order>"
DecodeError: GET http://HOST/orders/json: the response (status 200) is application/json; asked for XML
RemoteServerError: GET http://HOST/down: 502 Bad Gateway
  excerpt <h1>Bad gateway</h1>
`,
    )
  })

  test('resilient-service', async () => {
    expect(await run('resilient-service')).toEqual({
      status: 0,
      output: `all is well: {"cents":1200,"reviews":["Good."]}
the price service was told how long we wait, at most our 2000 ms: true
five at once, two permits: 2 pages with reviews
reviews are down: {"cents":1200,"reviews":[]}
reviews are down: {"cents":1200,"reviews":[]}
reviews are down: {"cents":1200,"reviews":[]}
reviews are down: {"cents":1200,"reviews":[]}
their breaker is open: 2 requests for 4 pages
prices hang, the caller waits 100 ms: 504 {"error":"timeout"}
and the price service saw us go
`,
    })
  })

  test('upload', async () => {
    const { status, output } = await run('upload')
    expect(status).toBe(0)
    expect(output).toMatch(/^file: {4}400000 bytes of text\/csv, length 400000$/m)
    expect(output).toMatch(/^stream: {2}\d+ bytes of text\/csv, length not said$/m)
    expect(output).toMatch(/^factory: \d+ bytes of text\/csv, length not said$/m)
    expect(output).toMatch(/^form: {4}(?<size>\d+) bytes of multipart\/form-data; boundary=…, length \k<size>$/m)
  })

  test('shared-pool', async () => {
    expect(await run('shared-pool')).toEqual({
      status: 0,
      output: [
        '8 calls under way: 2 active, 6 waiting',
        'connections for both clients: 2',
        'after users.close(), orders still works: ok',
        '',
      ].join('\n'),
    })
  })

  test('testing-your-code', async () => {
    expect(await run('testing-your-code')).toEqual({
      status: 0,
      output: [
        'mock transport: 2 requests, no body left open',
        'fake clock: 30000 ms went by in no time, phase total',
        'local server: 1 request over 1 connection',
        '',
      ].join('\n'),
    })
  })

  test('without-the-facade', async () => {
    expect(await run('without-the-facade')).toEqual({
      status: 0,
      output: '/a: 200 request 1\n/b: 200 request 2\nrequest-id > decode-content > transport\n',
    })
  })
})

describe.concurrent('the tour', { timeout: 60_000 }, () => {
  test('plays every chapter, shows the wire, and ends by itself', async () => {
    const { status, output } = await run('tour')
    expect(status).toBe(0)
    const headings = output.split('\n').filter((line) => /^\d+\. /.test(line))
    expect(headings.map((line) => line.replace(/ .*/, ''))).toEqual(headings.map((_line, index) => `${index + 1}.`))
    expect(headings.length).toBeGreaterThanOrEqual(7)
    expect(output.match(/^ {3}code /gm)).toHaveLength(headings.length)
    expect(output.match(/^ {3}result /gm)).toHaveLength(headings.length)
    expect(output).toContain('Ada, born 1815')
    expect(output).toContain('> GET /users/1 HTTP/1.1  (connection 1)')
    expect(output).toContain('> content-type: application/json')
    expect(output).toContain('201, location /users/2, hello Grace')
    expect(output).toContain('problem {"title":"No such user","detail":"There is no user 99."}')
    for (const format of ['json', 'xml ', 'form']) expect(output).toContain(`${format} {"id":7,"tags":["new"]}`)
    expect(output).toContain('200: Ada\n           404: No such user')
    expect(output).toContain('phase headers, limit 150 ms, sent maybe')
    expect(output).toContain('503: retry, in 1010 ms')
    expect(output).toContain('POST: 503, sent once')
    expect(output).toMatch(/503 +closed\n +503 +open\n +refused by the breaker, sent no +open/)
    expect(output).toMatch(/after 100 ms +half-open\n +200 +closed/)
    expect(output).toMatch(
      /the second is killed +\d+ +0 +\d+\n +it is back +\d+ +100 +\d+\n +[1-9]\d* requests, 0 lost/,
    )
    expect(output).toMatch(/layers {2}note-call > .*note-attempt > .*transport/)
    expect(output).toContain('the reader goes on: 32.0 MiB received')
    expect(output).toContain('the server counted 25165824 bytes, the progress 25165824')
    expect(output).toContain('again: 16777216 bytes, resumed: true')
    expect(output).toContain('1 2 3 4 5 6, over 3 connections')
    expect(output).toContain("protocol: 'h1'")
    // No colours: stdout is no terminal.
    expect(output).not.toContain('\u{1b}[')
  })

  test('with a URL, says what came', async () => {
    const server = await httpServer((_request, response) => {
      response.setHeader('x-served-by', 'the test')
      response.end('hello from the test')
    })
    const { status, output } = await run('tour', `${server.origin}/x`)
    await server.close()
    expect(status).toBe(0)
    expect(output).toContain('status  200 OK (HTTP/1.1)')
    expect(output).toContain('x-served-by: the test')
    expect(output).toMatch(/timing {2}headers after \d+\.\d ms, everything after \d+\.\d ms/)
    expect(output).toContain('body    19 bytes')
    expect(output).toContain('excerpt hello from the test')
  })

  test('with the URL of a server that is not trusted, says so and fails', async () => {
    const server = await httpsServer(() => undefined)
    const { status, output } = await run('tour', server.origin)
    await server.close()
    expect(status).toBe(1)
    expect(output).toMatch(/^That did not work\. GET https:\/\/127\.0\.0\.1:\d+\/: the certificate /m)
    expect(output).toContain('(code tls, sent no, reason ')
  })

  test('with a URL that cannot be had, says why and fails', async () => {
    const { status, output } = await run('tour', 'http://127.0.0.1:1/')
    expect(status).toBe(1)
    expect(output).toContain('That did not work. GET http://127.0.0.1:1/: the connection was refused')
    expect(output).not.toContain('    at ')
    const wrong = await run('tour', 'ftp://example.com')
    expect(wrong.status).toBe(1)
    expect(wrong.output).toContain('expected http: or https:')
  })
})
