/**
 * The HTTP front: one small handler a group of endpoints. Depends on protocol, repository, schedule and observe.
 */
@NullMarked
package dev.nereid.server.http;

import org.jspecify.annotations.NullMarked;
