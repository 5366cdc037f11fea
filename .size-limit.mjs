// The minified and compressed size of each package with what it needs of ours; undici is left out, being the user's
// biggest dependency either way. A limit is the measured size plus about a tenth. When a package grows for a good
// reason: `npm run x -- pnpm size`, raise its limit here, and say in the commit what the bytes buy.
const limits = {
  core: '7.8 kB',
  transport: '16 kB',
  client: '28 kB',
}

export default Object.entries(limits).map(([name, limit]) => ({
  name,
  path: `packages/${name}/dist/index.js`,
  ignore: ['undici'],
  limit,
  modifyEsbuildConfig: (config) => ({ ...config, platform: 'node' }),
}))
