/** Of the product, as in package.json (a test compares the two): the deployed app cannot rely on finding that file. */
export const VERSION = '0.1.0';
