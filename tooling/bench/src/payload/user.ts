import { z } from 'zod'

/** What the servers answer with, and every client validates. */
export const User: z.ZodType<User> = z.object({
  id: z.number(),
  name: z.string(),
  email: z.string(),
  active: z.boolean(),
  roles: z.array(z.string()),
})

export interface User {
  id: number
  name: string
  email: string
  active: boolean
  roles: string[]
}

export const Users: z.ZodType<User[]> = z.array(User)

export function user(id: number): User {
  return { id, name: 'Ada Lovelace', email: 'ada@example.com', active: true, roles: ['admin', 'authors'] }
}
