import { MessageChannel } from 'node:worker_threads'

/**
 * Keeps the process alive until what it returns is called. Timers of the clock do not, nor do files: a download that
 * waits for its rate, or for another to go, would end with the process, and nobody would be told.
 */
export function holdProcess(): () => void {
  const { port1 } = new MessageChannel()
  port1.ref()
  return () => port1.close()
}
