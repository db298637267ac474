/** Pooling, normalisation, softmax and reductions on a device. */
@NullMarked
package dev.nereid.cuda.lowering.nn;

import org.jspecify.annotations.NullMarked;
