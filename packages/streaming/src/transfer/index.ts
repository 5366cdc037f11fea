export type { ProgressListener, TransferProgress } from '../progress/transfer-progress.ts'
export { transfer } from './transfer.ts'
export type { Chunking, TransferCallOptions, TransferOptions } from './transfer-options.ts'
