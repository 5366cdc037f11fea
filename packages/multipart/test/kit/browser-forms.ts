/** A form as a browser sends it, and what was entered. */
export interface BrowserForm {
  readonly browser: string
  readonly contentType: string
  readonly bytes: Buffer
  /** Name, file name, media type, content as latin1. */
  readonly entered: readonly (readonly [string, string | undefined, string | undefined, string])[]
}

/** Lines end with CRLF on the wire. What is beyond ASCII is UTF-8, but for `\x80` to `\xff`, which stand for bytes. */
function wire(text: string): Buffer {
  return Buffer.concat(
    text
      .replaceAll('\n', '\r\n')
      .split(/([\x80-\xff]+)/)
      .map((piece) => Buffer.from(piece, /^[\x80-\xff]/.test(piece) ? 'latin1' : 'utf8')),
  )
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
const png = '\x89PNG\r\n\x1a\n\0--'

/** The same form in all of them: a text, lines of text, quotes in a name, a file, one without a name, none chosen. */
const entered: BrowserForm['entered'] = [
  ['title', undefined, undefined, latin1('日本 "ok" 😀')],
  ['lines', undefined, undefined, 'one\r\n--two\r\n'],
  ['q"u\r\no\\', undefined, undefined, ''],
  ['photo', 'my "cat" 日本.png', 'image/png', png],
  ['none', '', 'application/octet-stream', ''],
  ['photo', 'c.bin', 'application/octet-stream', '\0'],
]

/** The parts that all browsers write alike. */
const alike = (boundary: string): Buffer =>
  Buffer.concat([
    wire(
      `--${boundary}\nContent-Disposition: form-data; name="title"\n\n日本 "ok" 😀\n` +
        `--${boundary}\nContent-Disposition: form-data; name="lines"\n\none\n--two\n\n` +
        `--${boundary}\nContent-Disposition: form-data; name="q%22u%0D%0Ao\\"\n\n\n` +
        `--${boundary}\nContent-Disposition: form-data; name="photo"; filename="my %22cat%22 日本.png"\n` +
        `Content-Type: image/png\n\n`,
    ),
    Buffer.from(png, 'latin1'),
    wire(
      `\n--${boundary}\nContent-Disposition: form-data; name="none"; filename=""\n` +
        `Content-Type: application/octet-stream\n\n\n` +
        `--${boundary}\nContent-Disposition: form-data; name="photo"; filename="b\\c.bin"\n` +
        `Content-Type: application/octet-stream\n\n\0\n--${boundary}--\n`,
    ),
  ])

function modern(browser: string, boundary: string): BrowserForm {
  return { browser, contentType: `multipart/form-data; boundary=${boundary}`, bytes: alike(boundary), entered }
}

/** Written by hand from what the browsers send: their boundaries, the order of their headers, their escapes. */
export const browserForms: readonly BrowserForm[] = [
  modern('Chrome', '----WebKitFormBoundaryw3qFb0L4ZcT9uXyR'),
  modern('Safari', '----WebKitFormBoundaryAbC123xYz456DeF7'),
  modern('Firefox', '----geckoformboundary6d1f2a0b9c8e7d6f5a4b3c2d1e0f9a8b'),
  modern('Firefox before 2024', '---------------------------39176265141937823952913374712'),
  {
    browser: 'Firefox before 2021: backslashes before quotes, blanks for line ends',
    contentType: 'multipart/form-data; boundary=---------------------------1234',
    bytes: wire(
      '-----------------------------1234\nContent-Disposition: form-data; name="q\\"u o"\n\nx\n' +
        '-----------------------------1234\nContent-Disposition: form-data; name="f"; filename="my \\"cat\\".txt"\n' +
        'Content-Type: text/plain\n\ny\n-----------------------------1234--\n',
    ),
    entered: [
      ['q"u o', undefined, undefined, 'x'],
      ['f', 'my "cat".txt', 'text/plain', 'y'],
    ],
  },
  {
    browser: 'any, of a page in windows-1252',
    contentType: 'multipart/form-data; boundary=----WebKitFormBoundary0123456789abcdef',
    bytes: wire(
      '------WebKitFormBoundary0123456789abcdef\nContent-Disposition: form-data; name="gr\xfc\xdfe"\n\n\x80 &#128512;\n' +
        '------WebKitFormBoundary0123456789abcdef\nContent-Disposition: form-data; name="_charset_"\n\nwindows-1252\n' +
        '------WebKitFormBoundary0123456789abcdef--\n',
    ),
    entered: [
      ['grüße', undefined, undefined, '\x80 &#128512;'],
      ['_charset_', undefined, undefined, 'windows-1252'],
    ],
  },
  {
    browser: 'Internet Explorer: the whole path of a file',
    contentType: 'multipart/form-data; boundary=---------------------------7e13971310878',
    bytes: wire(
      '-----------------------------7e13971310878\nContent-Disposition: form-data; name="f"; ' +
        'filename="C:\\Users\\ada\\new report.csv"\nContent-Type: application/vnd.ms-excel\n\na,b\n' +
        '-----------------------------7e13971310878--\n',
    ),
    entered: [['f', 'new report.csv', 'application/vnd.ms-excel', 'a,b']],
  },
  {
    browser: 'any, an empty form',
    contentType: 'multipart/form-data; boundary=----WebKitFormBoundaryEmpty00000000',
    bytes: wire('------WebKitFormBoundaryEmpty00000000--\n'),
    entered: [],
  },
]
