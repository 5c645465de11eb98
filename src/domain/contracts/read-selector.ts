import { isSlicewiseError } from '../errors.ts';
import type { SchemaShape } from './compiled-contracts.ts';
import type { ContractProblem } from './contract-problem.ts';
import { nearestName } from './nearest-name.ts';
import { parseSelector } from './parse-selector.ts';
import { formatSelector } from './selector.ts';
import type { Selector, SelectorSegment } from './selector-model.ts';

/** Where a selector stands in a contract, and what it selects from. */
export interface SelectorPlace {
  readonly text: string;
  readonly pointer: string;
  /** Of the value that it selects from; `null`: nothing is known. */
  readonly shape: SchemaShape | null;
}

/** Parses a selector and checks it against a shape; adds what is wrong to `problems` and answers `null` then. */
export function readSelector(place: SelectorPlace, problems: ContractProblem[]): Selector | null {
  const selector = parseOrReport(place, problems);
  if (selector === null) return null;
  const problem = problemInShape(selector, place);
  if (problem === null) return selector;
  problems.push({ ...problem, pointer: place.pointer });
  return null;
}

/** The shapes that a place may have; `null` among them: nothing is known about it. None: the place cannot be. */
export function shapesAt(
  segments: readonly SelectorSegment[],
  shape: SchemaShape | null,
): readonly (SchemaShape | null)[] {
  let places: readonly (SchemaShape | null)[] = [shape];
  for (const segment of segments) {
    if (places.includes(null)) return [null];
    places = [...new Set(places.flatMap((place) => (place === null ? [null] : stepInShape(segment, place))))];
  }
  return places;
}

function parseOrReport(place: SelectorPlace, problems: ContractProblem[]): Selector | null {
  try {
    return parseSelector(place.text);
  } catch (error) {
    if (!isSlicewiseError(error)) throw error;
    const { expected, found, advice } = error.details;
    problems.push({
      code: error.code,
      pointer: place.pointer,
      expected: String(expected),
      found: String(found),
      advice: String(advice),
    });
    return null;
  }
}

function problemInShape(selector: Selector, place: SelectorPlace): Omit<ContractProblem, 'pointer'> | null {
  const { segments } = selector;
  for (const [index, segment] of segments.entries()) {
    const outer = segments.slice(0, index);
    const shapes = shapesAt(outer, place.shape);
    if (segment.kind === 'index' && shapes.some((shape) => shape !== null && shape.array.kind !== 'list')) {
      return {
        code: 'contract.index_into_unordered',
        expected: 'no [n] into a set or keyed array, whose order says nothing',
        found: `[${segment.index}] into ${formatSelector(outer)}`,
        advice: 'Select with [*], or make the array a list in its schema.',
      };
    }
    if (shapesAt([...outer, segment], place.shape).length > 0) continue;
    const known = shapes.flatMap((shape) => [...(shape?.properties.keys() ?? [])]);
    const nearest = segment.kind === 'name' ? nearestName(segment.name, known) : undefined;
    return {
      code: 'contract.path_unknown',
      expected: known.length === 0 ? `nothing below ${formatSelector(outer)}` : `one of ${known.join(', ')}`,
      found: `${selector.text}, which the schema rules out`,
      advice:
        nearest === undefined ? 'Mend the path, or declare the place in the schema.' : `Did you mean \`${nearest}\`?`,
    };
  }
  return null;
}

function stepInShape(segment: SelectorSegment, shape: SchemaShape): readonly (SchemaShape | null)[] {
  switch (segment.kind) {
    case 'index':
      return [shape.items];
    case 'wildcard':
      return [shape.items, ...shape.properties.values(), ...(shape.isOpen ? [shape.others] : [])];
    case 'name': {
      const property = shape.properties.get(segment.name);
      if (property !== undefined) return [property];
      return shape.isOpen ? [shape.others] : [];
    }
  }
}
