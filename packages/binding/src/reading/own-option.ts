import type { OptionSpec } from '@halyard/core/options'

/**
 * An option as its caller wrote it, checked; one that somebody put on `Object.prototype` does not count.
 * @throws ConfigError for a value that the option does not take.
 */
export function ownOption<Options extends object, T>(
  options: Options | undefined,
  name: keyof Options & string,
  spec: OptionSpec<T>,
): T | undefined {
  if (options === undefined || !Object.hasOwn(options, name)) return undefined
  const value: unknown = options[name]
  return value === undefined ? undefined : spec(value, name)
}
