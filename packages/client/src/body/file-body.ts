import { filePart } from '@halyard/multipart'
import { ownOption, PreparedBody } from './prepared-body.ts'

export interface FileBodyOptions {
  /** @defaultValue 'application/octet-stream' */
  readonly mediaType?: string | undefined
}

/**
 * The content of a file, streamed; its length is known, and it is read anew for each attempt.
 * @throws BodyError with code `file` where there is no such file.
 */
export function file(path: string | URL, options: FileBodyOptions = {}): PreparedBody {
  const { body } = filePart(path)
  return new PreparedBody({ ...body, contentType: ownOption(options, 'mediaType') ?? body.contentType })
}
