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

const PACKAGE = '@electric-sql/d2ts';

export const ELECTRIC_D2TS: ViewLibrary = {
  id: 'd2ts',
  packageName: PACKAGE,
  load: async () => {
    // Its own declarations would have to be installed for this project to be type-checked.
    const library = (await importOptional(PACKAGE)) as D2ts | undefined;
    return library && openWith(library);
  },
};

/** What is used of the package. */
interface D2ts {
  readonly D2: new (options: { readonly initialFrontier: number }) => Graph;
  readonly MessageType: { readonly DATA: number };
  readonly join: (other: Input<Keyed<Brand>>, type: 'inner') => Operator;
  readonly map: (build: (row: Joined) => ViewRow) => Operator;
  readonly output: (take: (message: Message) => void) => Operator;
}

interface Graph {
  newInput<Row>(): Input<Row>;
  finalize(): void;
  run(): void;
}

interface Input<Row> {
  pipe(...operators: readonly Operator[]): unknown;
  sendData(version: number, changes: Change<Row>[]): void;
  sendFrontier(version: number): void;
}

type Operator = (stream: unknown) => unknown;

/** Rows, or word that no more will come up to some version. */
interface Message {
  readonly type: number;
  readonly data: { readonly collection: { getInner(): readonly Change<ViewRow>[] } };
}

function openWith({ D2, MessageType, join, map, output }: D2ts): OpenView {
  return (products, brands) => {
    const { cores, rowCount, take } = openRows();
    const changesOf = openBrands(brands);
    const graph = new D2({ initialFrontier: 0 });
    const productInput = graph.newInput<Keyed<Product>>();
    const brandInput = graph.newInput<Keyed<Brand>>();
    productInput.pipe(
      join(brandInput, 'inner'),
      map(viewRowOf),
      output(({ type, data }) => {
        if (type === MessageType.DATA) take(data.collection.getInner());
      }),
    );
    graph.finalize();
    let version = 0;
    const run = (): void => {
      version += 1;
      for (const input of [productInput, brandInput]) input.sendFrontier(version);
      graph.run();
    };
    productInput.sendData(version, allOf(products.map(productRow)));
    brandInput.sendData(version, allOf(brands.map(brandRow)));
    run();
    return {
      cores,
      rowCount,
      rename: (next) => {
        brandInput.sendData(version, changesOf(next));
        run();
      },
    };
  };
}
