/** Tree ensembles on a device. */
@NullMarked
package dev.nereid.models.device.lowering.ml;

import org.jspecify.annotations.NullMarked;
