/** Pooling, normalisation, softmax and reductions on a device. */
@NullMarked
package dev.nereid.models.device.lowering.nn;

import org.jspecify.annotations.NullMarked;
