import {
  allOf,
  type Brand,
  brandRow,
  type Change,
  importOptional,
  type Joined,
  type Keyed,
  type OpenView,
  openBrands,
  openRows,
  type Product,
  productRow,
  type ViewLibrary,
  type ViewRow,
  viewRowOf,
} from './view-library.ts';

const PACKAGE = '@tanstack/db-ivm';

export const TANSTACK_DB_IVM: ViewLibrary = {
  id: 'db-ivm',
  packageName: PACKAGE,
  load: async () => {
    // Its own declarations would have to be installed for this project to be type-checked.
    const library = (await importOptional(PACKAGE)) as DbIvm | undefined;
    return library && openWith(library);
  },
};

/** What is used of the package. */
interface DbIvm {
  readonly D2: new () => Graph;
  readonly join: (other: Input<Keyed<Brand>>, type: 'inner') => Operator;
  readonly map: (build: (row: Joined) => ViewRow) => Operator;
  readonly output: (take: (rows: { getInner(): readonly Change<ViewRow>[] }) => void) => Operator;
}

interface Graph {
  newInput<Row>(): Input<Row>;
  finalize(): void;
  run(): void;
}

interface Input<Row> {
  pipe(...operators: readonly Operator[]): unknown;
  sendData(changes: Change<Row>[]): void;
}

type Operator = (stream: unknown) => unknown;

function openWith({ D2, join, map, output }: DbIvm): OpenView {
  return (products, brands) => {
    const { cores, rowCount, take } = openRows();
    const changesOf = openBrands(brands);
    const graph = new D2();
    const productInput = graph.newInput<Keyed<Product>>();
    const brandInput = graph.newInput<Keyed<Brand>>();
    productInput.pipe(
      join(brandInput, 'inner'),
      map(viewRowOf),
      output((rows) => take(rows.getInner())),
    );
    graph.finalize();
    productInput.sendData(allOf(products.map(productRow)));
    brandInput.sendData(allOf(brands.map(brandRow)));
    graph.run();
    return {
      cores,
      rowCount,
      rename: (next) => {
        brandInput.sendData(changesOf(next));
        graph.run();
      },
    };
  };
}
