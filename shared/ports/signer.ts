/** Signs with a private key that stays where it is. */
export type Signer = {
  /** ECDSA on P-256 over the SHA-256 of the bytes, as r and s of 32 bytes each. Throws `KeyNotUsable`, `AzureUnavailable`. */
  sign(bytes: Uint8Array): Promise<{ readonly keyId: string; readonly signature: Uint8Array }>;
};
