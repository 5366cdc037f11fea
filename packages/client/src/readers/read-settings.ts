import type { RecordReadOptions, Schema } from '@halyard/binding/record'
import { bindingConfig, schemaOption } from '../config/binding-config.ts'

/** How the bodies of a call are read. `undefined` where nothing was said: most clients and calls. */
export interface ReadSettings {
  readonly binding: RecordReadOptions | undefined
  readonly errorSchema: Schema | undefined
}

/** The client's settings, or a copy with what a call says of its own. @throws ConfigError */
export function readSettings(configured: ReadSettings, options: Readonly<Record<string, unknown>>): ReadSettings {
  const binding = Object.hasOwn(options, 'binding') ? options['binding'] : undefined
  const errorSchema = Object.hasOwn(options, 'errorSchema') ? options['errorSchema'] : undefined
  if (binding === undefined && errorSchema === undefined) return configured
  return {
    binding:
      binding === undefined
        ? configured.binding
        : Object.assign(Object.create(null), configured.binding, bindingConfig(binding, 'binding')),
    errorSchema: errorSchema === undefined ? configured.errorSchema : schemaOption(errorSchema, 'errorSchema'),
  }
}
