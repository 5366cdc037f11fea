import { ConfigError } from '../src/index.ts'

/** What `run` throws, which must be a `ConfigError`. */
export function configError(run: () => unknown): ConfigError {
  try {
    run()
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
