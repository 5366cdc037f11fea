/**
 * An iterator that `make` loads when the first item is asked for. Leaving it before that, or while it is loaded, calls
 * `letGo` at once: a connection must not wait for code.
 */
export function lazyIterator<Item>(
  make: () => Promise<AsyncIterator<Item>>,
  letGo: () => Promise<void>,
): AsyncIterator<Item> {
  let made: AsyncIterator<Item> | undefined
  let making: Promise<AsyncIterator<Item>> | undefined
  let left = false
  const load = async (): Promise<AsyncIterator<Item>> => {
    try {
      made = await make()
    } catch (failure) {
      // What is refused before it is read holds a connection, too.
      await letGo()
      throw failure
    }
    return made
  }
  return {
    next: async () => {
      if (made !== undefined) return await made.next()
      if (left) return { done: true, value: undefined }
      const ready = await (making ??= load())
      return await ready.next()
    },
    return: async () => {
      left = true
      if (made === undefined) await letGo()
      else await made.return?.()
      return { done: true, value: undefined }
    },
  }
}

/** Each item changed by `change`. One that cannot be changed ends the iteration. */
export function mapped<From, To>(
  inner: AsyncIterator<From>,
  change: (item: From, index: number) => To | Promise<To>,
): AsyncIterator<To> {
  let index = 0
  const end = async (): Promise<IteratorResult<To, undefined>> => {
    await inner.return?.()
    return { done: true, value: undefined }
  }
  return {
    next: async () => {
      const item = await inner.next()
      if (item.done === true) return { done: true, value: undefined }
      try {
        return { done: false, value: await change(item.value, index++) }
      } catch (failure) {
        await end()
        throw failure
      }
    },
    return: end,
  }
}
