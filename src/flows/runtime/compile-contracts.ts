/**
 * All that turns a document into a contract that runs, behind one dynamic import: whoever only imports slicewise loads
 * neither a JSON Schema compiler nor a contract parser.
 */
export { compileRuleSet } from '../../domain/contracts/compile-rule-set.ts';
export { compileView } from '../../domain/contracts/compile-view.ts';
export { referencesOf } from '../../domain/contracts/rule-set-references.ts';
export { assertUsable, gateRuleSet, gateView } from '../../domain/contracts/status-gate.ts';
export { compileSchema, parseContract } from './contracts-at-hand.ts';
