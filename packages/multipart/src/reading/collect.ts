/**
 * All bytes of a stream in one array, in memory that grows by doubling: a stream in chunks of one byte costs no more
 * than twice its length. One chunk alone is given out as it came.
 * @throws what `exceeded` makes, where there are more than `limit`.
 */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  exceeded: () => Error,
): Promise<Uint8Array> {
  let memory: Uint8Array = new Uint8Array()
  let size = 0
  for await (const chunk of chunks) {
    const end = size + chunk.byteLength
    if (end > limit) throw exceeded()
    if (size === 0) memory = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    else {
      if (end > memory.byteLength) {
        const larger = new Uint8Array(Math.max(end, memory.byteLength * 2))
        larger.set(memory.subarray(0, size))
        memory = larger
      }
      memory.set(chunk, size)
    }
    size = end
  }
  return memory.subarray(0, size)
}
