import { sampleProducts } from '../canonical/sample-products.ts';

/** One document as it comes over the wire, and whose it is. */
export interface ProductLine {
  readonly entityKey: string;
  readonly json: string;
}

export const TENANT_ID = 'bench';

/** `count` products of about 2 KB, the same ones in every run. */
export function productLines(count: number): readonly ProductLine[] {
  return sampleProducts(count).map((product, index) => ({
    entityKey: productKey(index),
    json: JSON.stringify(product),
  }));
}

export function productKey(index: number): string {
  return `product#${String(index).padStart(7, '0')}`;
}

/** The next version of a product: its price changed, nothing else. */
export function repriced({ entityKey, json }: ProductLine): ProductLine {
  const product: { price: { amount: number } } = JSON.parse(json);
  return {
    entityKey,
    json: JSON.stringify({ ...product, price: { ...product.price, amount: product.price.amount + 1 } }),
  };
}
