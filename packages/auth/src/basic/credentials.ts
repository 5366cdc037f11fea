import { ConfigError } from '@halyard/core'
import { faultOf, secretText, type SecretText } from '../secret/secret-value.ts'

/** A user name and a password, checked. Not to be printed. */
export interface Credentials {
  readonly username: string
  readonly password: string
}

/**
 * Checks what Basic and Digest take (RFC 7617 §2, RFC 7616 §3.4): a name that is not empty and without a colon, and no
 * controls in either. Nothing of them is in the error, for a name is often a password that went astray.
 * @throws ConfigError
 */
export function credentials(scheme: string, username: unknown, password: SecretText): Credentials {
  const name = secretText(username)
  const word = secretText(password)
  if (name === undefined) throw wrong(`${scheme}.username`, typeof username, 'a string')
  if (word === undefined) throw wrong(`${scheme}.password`, typeof password, 'a string or Secret')
  if (name === '') throw wrong(`${scheme}.username`, '', 'a user name')
  if (name.includes(':')) throw wrong(`${scheme}.username`, `a colon at index ${name.indexOf(':')}`, 'no colon')
  for (const [part, text] of Object.entries({ username: name, password: word })) {
    const fault = faultOf(text)
    if (fault !== undefined) throw wrong(`${scheme}.${part}`, fault, 'text without control characters')
  }
  // RFC 7617 §2.1: in Unicode's Normalization Form C.
  return { username: name.normalize('NFC'), password: word.normalize('NFC') }
}

function wrong(option: string, value: string, expected: string): ConfigError {
  return new ConfigError({ option, value, expected })
}
