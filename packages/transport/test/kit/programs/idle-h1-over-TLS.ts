import { eachProtocol } from '@halyard/testing'
import { leaveIdle } from './leave-idle.ts'

await leaveIdle(eachProtocol[1])
