/** Tree ensembles on a device. */
@NullMarked
package dev.nereid.cuda.lowering.ml;

import org.jspecify.annotations.NullMarked;
