/**
 * C kernels through FFM: loading and checking the library, and the overlay that offers its kernels in place of the
 * Java ones. Optional: without the library the Java kernels serve every model. Depends on the kernels module.
 */
@NullMarked
package dev.nereid.nativekernels;

import org.jspecify.annotations.NullMarked;
