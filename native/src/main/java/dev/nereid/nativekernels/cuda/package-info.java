/**
 * NVIDIA cards as {@code dev.nereid.kernels.device}: memory, streams and our own kernels through the driver's interface
 * alone, with JCuda. The kernels' sources are in {@code native/src/main/cuda}, their PTX text is in the jar.
 */
@NullMarked
package dev.nereid.nativekernels.cuda;

import org.jspecify.annotations.NullMarked;
