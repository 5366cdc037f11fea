type X509 = typeof import('@peculiar/x509')

let loaded: Promise<X509> | undefined

/** The library for certificates, loaded when the first one is made: most tests need none. */
export function loadX509(): Promise<X509> {
  loaded ??= importWithMetadata()
  return loaded
}

/**
 * A dependency of the library refuses to load without the metadata functions of `Reflect`. They are lent for the time
 * of loading alone: a polyfill that stays would keep a test suite's own `reflect-metadata` from installing itself.
 */
async function importWithMetadata(): Promise<X509> {
  if ('getMetadata' in Reflect) return await import('@peculiar/x509')
  const lent: Record<string, unknown> = {
    getMetadata: () => undefined,
    getOwnMetadata: () => undefined,
    defineMetadata: () => undefined,
  }
  for (const [name, value] of Object.entries(lent)) Object.defineProperty(Reflect, name, { value, configurable: true })
  try {
    return await import('@peculiar/x509')
  } finally {
    for (const [name, value] of Object.entries(lent))
      if (Reflect.get(Reflect, name) === value) Reflect.deleteProperty(Reflect, name)
  }
}
