/**
 * C kernels through FFM: loading and checking the library, and the overlay that offers its kernels in place of the
 * Java ones. Optional: without the library the Java kernels serve every model. Depends on the kernels module.
 *
 * <p>Not measured: kernels with AMX and all kernels for ARM. No processor of these kinds has run them; tests emulate the
 * instructions, so their results are tested and their speed is not known.
 */
@NullMarked
package dev.nereid.nativekernels;

import org.jspecify.annotations.NullMarked;
