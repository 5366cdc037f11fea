import { classify, ConfigError, isIdempotent, isToken, type Classify, type ErrorCode } from '@halyard/core'
import { boolean, durationMs, guarded, integer, optionObject, orFalse, type OptionSpec } from '@halyard/core/options'
import type { Failure } from '../outcome/index.ts'
import { exponential, type Backoff } from './backoff.ts'
import { budgetSettings, type BudgetSettings } from './budget.ts'
import { RetryBudgets } from './budgets.ts'

/** The rules as they are used. */
export interface RetrySettings {
  readonly attempts: number
  readonly backoff: Backoff
  readonly statuses: ReadonlySet<number> | undefined
  readonly errors: ReadonlySet<ErrorCode> | undefined
  readonly mayRepeat: (method: string) => boolean
  /** The longest wait that a server may ask for; `undefined`: the deadline limits it; `false`: nobody looks. */
  readonly retryAfterMaxMs: number | undefined | false
  readonly when: ((failure: Failure) => boolean | Promise<boolean>) | undefined
  readonly classify: Classify
}

/** What `retry` is made of. */
export interface RetryConfig {
  readonly settings: RetrySettings
  readonly budget: BudgetSettings | false
  readonly budgets: RetryBudgets | undefined
  readonly idempotencyHeader: string
}

const isBackoff = (value: unknown): value is Backoff => typeof value === 'function'
const isClassify = (value: unknown): value is Classify => typeof value === 'function'
const isWhen = (value: unknown): value is NonNullable<RetrySettings['when']> => typeof value === 'function'
const isStatus = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 200 && Number(value) < 600
const isStatuses = (value: unknown): value is readonly number[] => Array.isArray(value) && value.every(isStatus)
const isMethod = (value: unknown): value is string => typeof value === 'string' && isToken(value)
const isMethods = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every(isMethod)
const isBudgets = (value: unknown): value is RetryBudgets => value instanceof RetryBudgets

/** Those that may end an attempt which another can follow. What the caller did wrong, or wanted, is none. */
const codes: ReadonlySet<unknown> = new Set<ErrorCode>([
  'connect',
  'tls',
  'proxy',
  'socket',
  'protocol',
  'timeout',
  'rejected',
  'auth',
  'decode',
  'redirect',
  'too-large',
])
const isErrorCode = (value: unknown): value is ErrorCode => codes.has(value)
const isErrorCodes = (value: unknown): value is readonly ErrorCode[] => Array.isArray(value) && value.every(isErrorCode)

const retryAfterSpec = optionObject({ maxMs: durationMs })
const retryAfter: OptionSpec<RetrySettings['retryAfterMaxMs'] | 'deadline'> = (value, option) => {
  if (typeof value === 'boolean') return boolean(value, option) ? 'deadline' : false
  if (typeof value !== 'object') throw new ConfigError({ option, value, expected: 'true, false, or { maxMs }' })
  return retryAfterSpec(value, option).maxMs ?? 'deadline'
}

const rulesTable = {
  attempts: integer({ min: 1, max: 1000 }),
  backoff: guarded(isBackoff, 'a backoff, such as exponential()'),
  statuses: guarded(isStatuses, 'a list of statuses from 200 to 599'),
  errors: guarded(isErrorCodes, `a list of ${[...codes].map((code) => `'${String(code)}'`).join(', ')}`),
  methods: guarded(isMethods, 'a list of methods, such as GET'),
  retryAfter,
  when: guarded(isWhen, 'a function'),
}
const rulesSpec = orFalse(optionObject(rulesTable))
const header: OptionSpec<string> = (value, option) => {
  if (typeof value === 'string' && isToken(value)) return value.toLowerCase()
  throw new ConfigError({ option, value, expected: 'the name of a header field' })
}
const initSpec = optionObject({
  ...rulesTable,
  budget: orFalse(budgetSettings),
  classify: guarded(isClassify, 'a function'),
  budgets: guarded(isBudgets, 'RetryBudgets'),
  idempotencyHeader: header,
})

const defaults: RetrySettings = {
  attempts: 3,
  backoff: exponential(),
  statuses: undefined,
  errors: undefined,
  mayRepeat: isIdempotent,
  retryAfterMaxMs: undefined,
  when: undefined,
  classify,
}

type GivenRules = Exclude<ReturnType<typeof rulesSpec>, false>

function merged(base: RetrySettings, given: GivenRules, judge: Classify): RetrySettings {
  const { methods, statuses, errors } = given
  const asked = given.retryAfter
  return {
    attempts: given.attempts ?? base.attempts,
    backoff: given.backoff ?? base.backoff,
    statuses: statuses === undefined ? base.statuses : new Set(statuses),
    errors: errors === undefined ? base.errors : new Set(errors),
    mayRepeat: methods === undefined ? base.mayRepeat : among(methods),
    retryAfterMaxMs: asked === undefined ? base.retryAfterMaxMs : asked === 'deadline' ? undefined : asked,
    when: given.when ?? base.when,
    classify: judge,
  }
}

function among(methods: readonly string[]): (method: string) => boolean {
  const allowed = new Set(methods)
  return (method) => allowed.has(method)
}

/** Checks the options and fills in the defaults. @throws ConfigError */
export function retryConfig(options: unknown): RetryConfig {
  const given = initSpec(options, 'retry')
  return {
    settings: merged(defaults, given, given.classify ?? classify),
    budget: given.budget ?? budgetSettings({}, 'retry.budget'),
    budgets: given.budgets,
    idempotencyHeader: given.idempotencyHeader ?? 'idempotency-key',
  }
}

/** A copy of the client's settings with what a call says of its own; `false` for one attempt. @throws ConfigError */
export function callSettings(settings: RetrySettings, own: unknown): RetrySettings | false {
  const given = rulesSpec(own, 'retry')
  return given === false ? false : merged(settings, given, settings.classify)
}
