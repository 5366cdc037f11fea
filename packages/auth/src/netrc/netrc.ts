import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AuthError, ConfigError, describeTarget } from '@halyard/core'
import { basicHeader } from '../basic/basic.ts'
import { credentials } from '../basic/credentials.ts'
import type { AuthProvider } from '../provider/auth-provider.ts'
import { entryFor, NetrcFault, parseNetrc, type NetrcEntry } from './parse-netrc.ts'

/**
 * Basic credentials of a netrc file, by the host of each request. A host that the file does not know, by name or by
 * `default`, gets none. The file is read once, here; one that others may read is warned of.
 *
 * @example
 * ```ts
 * createClient('https://api.example.com', { auth: netrc() })
 * ```
 * @param path @defaultValue the variable `NETRC`, or `.netrc` (`_netrc` on Windows) in the home directory; only a file that
 * was named has to be there.
 * @throws ConfigError for a file that cannot be read or understood; nothing of it is in the message.
 */
export function netrc(path?: string): AuthProvider {
  if (path !== undefined && typeof path !== 'string')
    throw new ConfigError({ option: 'netrc.path', value: path, expected: 'the path of a file' })
  const named = path ?? process.env['NETRC']
  const file = named ?? join(homedir(), process.platform === 'win32' ? '_netrc' : '.netrc')
  const entries = entriesOf(file, named !== undefined)
  return {
    name: 'netrc',
    apply: (request) => {
      const { hostname } = request.url
      const entry = entryFor(entries, hostname)
      if (entry?.login === undefined || entry.password === undefined) return request
      try {
        const value = basicHeader(credentials('netrc', entry.login, entry.password))
        return request.with({ headers: request.headers.with('authorization', value) })
      } catch (error) {
        const why = error instanceof ConfigError ? `: ${error.message}` : ''
        const target = describeTarget(request)
        throw new AuthError(`${target}: the entry of netrc for ${hostname} cannot be used${why}`, {
          sent: 'no',
          target,
        })
      }
    },
  }
}

function entriesOf(file: string, mustExist: boolean): readonly NetrcEntry[] {
  const text = textOf(file, mustExist)
  if (text === undefined) return []
  try {
    return parseNetrc(text)
  } catch (fault) {
    if (!(fault instanceof NetrcFault)) throw fault
    throw new ConfigError({
      option: 'netrc.path',
      value: file,
      expected: 'a netrc file',
      hint: `line ${fault.line}: ${fault.message}`,
    })
  }
}

function textOf(file: string, mustExist: boolean): string | undefined {
  try {
    const text = readFileSync(file, 'utf8')
    warnOfMode(file)
    return text
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
    if (code === 'ENOENT' && !mustExist) return undefined
    throw new ConfigError({ option: 'netrc.path', value: file, expected: `a file that can be read (${code})` })
  }
}

const warned = new Set<string>()

/** Once for each file. Windows has no such mode. */
function warnOfMode(file: string): void {
  if (process.platform === 'win32' || warned.has(file) || (statSync(file).mode & 0o077) === 0) return
  warned.add(file)
  process.emitWarning(`${file} may be read by others; chmod 600 keeps its passwords to yourself`, {
    code: 'HALYARD_NETRC_MODE',
  })
}
