/**
 * Placing a graph's nodes on a device: which nodes go there, in which regions, with copies at the regions' borders. A
 * region is one step of the plan around it; everything else runs on the CPU. Depends on
 * {@code lowering}, the contract of devices and operators.
 */
@NullMarked
package dev.nereid.cuda.placement;

import org.jspecify.annotations.NullMarked;
