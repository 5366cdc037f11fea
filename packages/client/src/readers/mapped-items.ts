/** Each item changed by `change`. One that cannot be changed ends the iteration, and lets go of what is behind it. */
export function mappedItems<From, To>(
  items: AsyncIterable<From>,
  change: (item: From, index: number) => Promise<To>,
): AsyncIterable<To> {
  const inner = items[Symbol.asyncIterator]()
  let index = 0
  const leave = async (): Promise<IteratorResult<To, undefined>> => {
    await inner.return?.()
    return { done: true, value: undefined }
  }
  const iterator: AsyncIterator<To> = {
    next: async () => {
      const item = await inner.next()
      if (item.done === true) return { done: true, value: undefined }
      try {
        return { done: false, value: await change(item.value, index++) }
      } catch (failure) {
        await leave()
        throw failure
      }
    },
    return: leave,
  }
  return { [Symbol.asyncIterator]: () => iterator }
}
