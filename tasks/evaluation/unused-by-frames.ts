/** All that danfo asks of tfjs and mathjs for a frame of plain arrays: whether the data is a tensor. It never is. */
export class Tensor {}
