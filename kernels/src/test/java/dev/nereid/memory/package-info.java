/** Tests of native memory and of where threads run. */
@NullMarked
package dev.nereid.memory;

import org.jspecify.annotations.NullMarked;
