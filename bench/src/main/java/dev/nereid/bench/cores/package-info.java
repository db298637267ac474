/** Many models under load on few cores: one pool of workers for all beside a pool for each. */
@NullMarked
package dev.nereid.bench.cores;

import org.jspecify.annotations.NullMarked;
