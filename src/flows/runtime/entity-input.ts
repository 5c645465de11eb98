/** Whose data: the tenant comes from the authenticated caller, never from the payload. */
export interface EntityInput {
  readonly tenantId: string;
  /** `{entityType}#{entityId}`. */
  readonly entityKey: string;
}
