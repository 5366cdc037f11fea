/** Calls a listener. What it throws is thrown on its own, as one of a timer would be: it harms no call. */
export function tellApart(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    void Promise.resolve().then(() => {
      throw error
    })
  }
}
