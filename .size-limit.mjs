// The minified and compressed size of each package with what it needs of ours; undici is left out, being the user's
// biggest dependency either way. A limit is the measured size plus about a tenth. When a package grows for a good
// reason: `npm run x -- pnpm size`, raise its limit here, and say in the commit what the bytes buy.
const limits = {
  core: '7.8 kB',
  // 6.5 kB are proxies and the guard.
  transport: '28 kB',
  // With the parser of XML and with downloads, which are loaded where there is XML and something to save; 13 kB are
  // resilience.
  // And 45 kB of authentication, with jose, which is loaded where tokens are signed.
  client: '160 kB',
  'binding/json': '13.8 kB',
  'binding/form': '8.7 kB',
  'binding/text': '3 kB',
  'binding/record': '24.5 kB',
  'binding/xml': '15 kB',
  auth: '9.5 kB',
  'auth/basic': '2.1 kB',
  'auth/bearer': '2.1 kB',
  'auth/digest': '5.2 kB',
  multipart: '13.5 kB',
  'streaming/decode': '7.6 kB',
  'streaming/events': '6.2 kB',
  'streaming/ndjson': '6.7 kB',
  'streaming/download': '12 kB',
  'streaming/transfer': '6 kB',
  tls: '13 kB',
  'resilience/retry': '8.3 kB',
  'resilience/deadline': '3.6 kB',
  'resilience/breaker': '7.2 kB',
  'resilience/limit': '8 kB',
  'resilience/hedge': '4.5 kB',
  'resilience/fallback': '4.2 kB',
  'resilience/balance': '11.7 kB',
  'resilience/chaos': '4.6 kB',
}

export default Object.entries(limits).map(([name, limit]) => ({
  name,
  path: `packages/${name.replace('/', '/dist/').replace(/^[a-z]+$/, '$&/dist')}/index.js`,
  ignore: ['undici'],
  limit,
  modifyEsbuildConfig: (config) => ({ ...config, platform: 'node' }),
}))
