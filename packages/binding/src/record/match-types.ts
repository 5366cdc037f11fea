import type { HeaderList } from '@halyard/core'
import type { OutputOf, Schema } from './schema.ts'

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type ClassDigit = '1' | '2' | '3' | '4' | '5'

export type StatusClass = `${ClassDigit}xx`

/** All codes of a class, registered or not: the first digit alone says what a code means (RFC 9110 §15). */
type CodesOf<Class extends ClassDigit> = `${Class}${Digit}${Digit}` extends `${infer Code extends number}`
  ? Code
  : never

/** Every status code. */
export type StatusCode = CodesOf<'1'> | CodesOf<'2'> | CodesOf<'3'> | CodesOf<'4'> | CodesOf<'5'>

/** What is wanted of a status: a schema of the body, nothing (`null`), or both parts. */
export type MatchCase = Schema | null | undefined | MatchParts

export interface MatchParts {
  /** Without it the body is left alone. */
  readonly body?: Schema | null | undefined
  readonly headers?: Schema | undefined
  /** The content type that the response must have, parameters aside: `application/json`, or several. */
  readonly mediaType?: string | readonly string[] | undefined
}

/** A key of the cases: a code, a class such as `4xx`, or `default`. */
export type MatchKey = StatusCode | `${StatusCode}` | StatusClass | 'default'

/**
 * Cases by status. As a constraint, `Cases extends MatchCases<Cases>`, it refuses keys that are no status.
 */
export type MatchCases<Cases> = { readonly [Key in keyof Cases]: Key extends MatchKey ? MatchCase : never }

type ExactOf<Key> = Key extends StatusCode ? Key : Key extends `${infer Code extends StatusCode}` ? Code : never
type ClassOf<Key> = Key extends `${infer Class extends ClassDigit}xx` ? CodesOf<Class> : never

/** The codes that end up at a key: exact before class before default. */
type StatusAt<Key, Keys> = Key extends 'default'
  ? Exclude<StatusCode, ExactOf<Keys> | ClassOf<Keys>>
  : Key extends StatusClass
    ? Exclude<ClassOf<Key>, ExactOf<Keys>>
    : ExactOf<Key>

type BodyOf<Case> = Case extends null | undefined
  ? undefined
  : Case extends Schema
    ? OutputOf<Case>
    : Case extends { readonly body: infer Body }
      ? Body extends Schema
        ? OutputOf<Body>
        : undefined
      : undefined

type HeadersOf<Case> = Case extends Schema
  ? HeaderList
  : Case extends { readonly headers: infer Headers }
    ? Headers extends Schema
      ? OutputOf<Headers>
      : HeaderList
    : HeaderList

/** The response of one case. */
export interface Matched<Status, Body, Headers> {
  readonly status: Status
  readonly body: Body
  readonly headers: Headers
}

/** What `match` gives: a union that `status` tells apart. */
export type MatchResult<Cases> = {
  [Key in keyof Cases]: Matched<StatusAt<Key, keyof Cases>, BodyOf<Cases[Key]>, HeadersOf<Cases[Key]>>
}[keyof Cases]
