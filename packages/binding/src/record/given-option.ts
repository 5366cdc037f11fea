/** An option that the caller wrote, not one that somebody put on `Object.prototype`. */
export function givenOption<Options extends object, Name extends keyof Options>(
  options: Options,
  name: Name,
): Options[Name] | undefined {
  return Object.hasOwn(options, name) ? options[name] : undefined
}
