/**
 * NVIDIA cards as {@code dev.nereid.cuda.device}: memory, streams and our own kernels through the driver's interface
 * alone, with JCuda. The kernels' sources are in {@code native/cuda/src/main/cuda}, their PTX text is in the jar. Depends on
 * the contract of devices and, for placing a graph on a card, on {@code placement}.
 */
@NullMarked
package dev.nereid.cuda.driver;

import org.jspecify.annotations.NullMarked;
