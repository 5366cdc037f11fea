/** Bytes out of what callers give, and text out of bytes: what each package that sends or reads needs alike. */
export { awaitTurn, chunksOf, isStreamSource, letGo, type StreamSource } from './sources/stream-sources.ts'
export { decodeWindows1252 } from './text/windows-1252.ts'
