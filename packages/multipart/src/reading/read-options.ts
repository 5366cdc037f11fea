/** Limits of a reader. What exceeds one is a {@link MultipartError} that names it. */
export interface MultipartReadOptions {
  /**
   * Parts of the message, and of the messages in it.
   * @defaultValue 1000
   */
  readonly maxParts?: number | undefined
  /**
   * The content of one part. Without it a stream may be of any size, and what is held in memory has at most 100 MiB.
   * @defaultValue none
   */
  readonly maxPartBytes?: number | undefined
  /**
   * The whole message with all its delimiters.
   * @defaultValue none; 100 MiB where all parts are read into memory
   */
  readonly maxTotalBytes?: number | undefined
  /**
   * The headers of one part.
   * @defaultValue 16_384
   */
  readonly maxHeaderBytes?: number | undefined
  /**
   * The fields of one part's headers.
   * @defaultValue 100
   */
  readonly maxHeaderCount?: number | undefined
  /**
   * The name of one part, and its file name, in UTF-8.
   * @defaultValue 1024
   */
  readonly maxNameBytes?: number | undefined
  /**
   * What stands before the first delimiter, and after the last; it is skipped.
   * @defaultValue 65_536
   */
  readonly maxOuterBytes?: number | undefined
  /**
   * Messages inside of messages; the outer one counts as 1.
   * @defaultValue 3
   */
  readonly maxDepth?: number | undefined
}
