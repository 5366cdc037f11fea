export type {
  AuthorizationCodeOptions,
  AuthorizationCodeProvider,
  SignIn,
  SignInOptions,
} from './authorization-code.ts'
export type { AuthEvent, StoreFailureEvent, TokenEvent, TokenFailureEvent } from './auth-event.ts'
export type { DeviceCodeOptions, DeviceCodeProvider, DevicePrompt } from './device-code.ts'
export type { StepOptions } from './outside.ts'
export type { PendingSignIn } from './pending-sign-ins.ts'
export type { AssertionMaker, ClientAssertionOptions } from './client-authentication.ts'
export type { ClientCredentialsOptions } from './client-credentials.ts'
export type { OAuth2Options, PresentedToken, PresentToken } from './common-options.ts'
export type { Requester, TokenHttpOptions } from './http-options.ts'
export type { JwtBearerOptions } from './jwt-bearer.ts'
export { oauth2 } from './oauth2.ts'
export type { OAuth2Facts } from './oauth2-error.ts'
export { OAuth2Error } from './oauth2-error.ts'
export type { OptionalParams } from './optional-params.ts'
export type { PasswordOptions } from './password.ts'
export type { RefreshTokenOptions } from './refresh-token.ts'
export type { TextSource } from './text-source.ts'
export type { TokenExchangeOptions } from './token-exchange.ts'
export type { TokenSet } from './token-set.ts'
export type { TokenStore } from './token-store.ts'
export { memoryTokens } from './token-store.ts'
export { fileTokens } from './file-tokens.ts'
