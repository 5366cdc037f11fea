import { ConfigError } from '@halyard/core'
import { optionObject, type OptionSpec, type SpecTable } from '@halyard/core/options'

/** As `optionObject`, for options that may be mixed up with a secret: what is no object is not shown. */
export function quietObject<Table extends SpecTable>(table: Table): ReturnType<typeof optionObject<Table>> {
  const read = optionObject(table)
  const quiet: OptionSpec<ReturnType<typeof read>> = (value, option) => {
    if (typeof value === 'object') return read(value, option)
    throw new ConfigError({ option, value: typeof value, expected: 'an object' })
  }
  return quiet
}
