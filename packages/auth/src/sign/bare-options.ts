/** Options for Node as an object without a prototype: whatever pollutes that of all objects adds none. */
export function bareOptions<T extends object>(options: T): T {
  const bare: T = Object.create(null)
  return Object.assign(bare, options)
}
