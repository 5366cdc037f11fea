import type { ZodType } from 'zod'
import { User, user, Users } from './user.ts'

export type PayloadName = '100b' | '10k' | '1m'

const about: Record<Exclude<PayloadName, '100b'>, number> = { '10k': 10_000, '1m': 1_000_000 }

/** The JSON of an answer: one user in 100 bytes, or a list of as many as fill the size. */
export function payload(name: PayloadName): string {
  if (name === '100b') return JSON.stringify(user(100))
  const list = [user(1000)]
  const one = JSON.stringify(list).length - 1
  for (let id = 1001; list.length < Math.floor(about[name] / one); id++) list.push(user((id % 9000) + 1000))
  return JSON.stringify(list)
}

export function schemaOf(name: PayloadName): ZodType<User | User[]> {
  return name === '100b' ? User : Users
}

/** What `post-1k` sends: 1 KB as JSON. */
export const posted: { note: string; lines: ReturnType<typeof user>[] } = {
  note: 'n'.repeat(187),
  lines: Array.from({ length: 8 }, (_, index) => user(1000 + index)),
}
