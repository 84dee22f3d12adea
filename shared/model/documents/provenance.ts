/** https://github.com/secure-systems-lab/dsse/blob/v1.0.2/envelope.md */
export type Envelope = {
  readonly payloadType: string;
  /** Base64 of the bytes that are signed. */
  readonly payload: string;
  /** Empty: nobody has signed it. */
  readonly signatures: readonly { readonly keyid: string; /** Base64. */ readonly sig: string }[];
};

/** Where one output of a run comes from, signed. */
export type SignedOutput = {
  /** Its `runOutputName`. */
  readonly output: string;
  /** Id or URI that it had. */
  readonly of: string;
  readonly envelope: Envelope;
  /** Why nobody has signed it. */
  readonly note?: string;
};

/** `runs/<run id>/provenance.json`. */
export type ProvenanceDocument = { readonly schema: 1; readonly outputs: readonly SignedOutput[] };
