/**
 * What the protocol's extensions beyond models work on, as one value that every front is given. Depends on protocol, access, tls, watch, sharedmemory,
 * observe and trace.
 */
@NullMarked
package dev.nereid.server.extension;

import org.jspecify.annotations.NullMarked;
