/**
 * Statistics, metrics and logs. Depends on protocol.
 */
@NullMarked
package dev.nereid.server.observe;

import org.jspecify.annotations.NullMarked;
