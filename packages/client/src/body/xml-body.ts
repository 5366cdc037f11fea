import type { XmlBodyOptions } from '@halyard/binding/xml'
import { prepared, type PreparedBody } from './prepared-body.ts'

/**
 * An XML body: an object whose only key is the root element, or any object with `root`. Keys with `@` are attributes,
 * `#text` is text beside them, lists are repeated elements, `null` is `xsi:nil`. Everything is escaped.
 * @throws ValidationError (by the call) where the value does not fit the schema, BodyError where XML cannot hold it.
 */
export function xml(value: unknown, options?: XmlBodyOptions): PreparedBody {
  return prepared(async () => {
    // Loaded where there is XML: most programs have none.
    const { xmlBody } = await import('@halyard/binding/xml')
    return await xmlBody(value, options ?? {})
  })
}
