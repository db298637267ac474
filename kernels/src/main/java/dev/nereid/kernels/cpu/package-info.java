/** What this CPU and this JVM offer to kernels. Depends on the JDK alone. */
@NullMarked
package dev.nereid.kernels.cpu;

import org.jspecify.annotations.NullMarked;
