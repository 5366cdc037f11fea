import fc from 'fast-check'

/** Any UTF-16, lone surrogates included; controls and ASCII more often than chance would have it. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.nat(0x7f), fc.nat(0x1ff), fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), {
    maxLength: 20,
  })
  .map((codes) => String.fromCharCode(...codes))
