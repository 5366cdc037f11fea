import { z as zod } from 'zod'
const User = zod.object({ id: zod.number(), name: zod.string() })
