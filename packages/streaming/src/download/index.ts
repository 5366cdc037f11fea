export { download } from './download.ts'
export type { DownloadSource } from './download-source.ts'
export type { ExpectedDigest, SavedFile, SaveOptions } from './save-options.ts'
