export type { AuthProvider } from './provider/auth-provider.ts'
export { Secret } from './secret/secret.ts'
