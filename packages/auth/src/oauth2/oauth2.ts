import { authorizationCode } from './authorization-code.ts'
import { clientCredentials } from './client-credentials.ts'
import { deviceCode } from './device-code.ts'
import { jwtBearer } from './jwt-bearer.ts'
import { password } from './password.ts'
import { refreshToken } from './refresh-token.ts'
import { tokenExchange } from './token-exchange.ts'

interface Grants {
  readonly clientCredentials: typeof clientCredentials
  readonly password: typeof password
  readonly refreshToken: typeof refreshToken
  readonly jwtBearer: typeof jwtBearer
  readonly tokenExchange: typeof tokenExchange
  readonly deviceCode: typeof deviceCode
  readonly authorizationCode: typeof authorizationCode
}

/** OAuth 2.0: each grant makes a provider, which gets, keeps and renews access tokens. */
export const oauth2: Grants = Object.freeze({
  clientCredentials,
  password,
  refreshToken,
  jwtBearer,
  tokenExchange,
  deviceCode,
  authorizationCode,
})
