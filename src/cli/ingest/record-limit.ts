/** A record that is longer is refused, unless `--max-record-bytes` allows more. */
export const RECORD_BYTES_MAX = 16 * 1024 * 1024;
