/**
 * Traffic between the versions of a model: labels, the weighted split with sticky keys, rules by header, shadow requests,
 * rollback and fallback, as {@code traffic.json} declares them, and what was measured of each route. Knows requests and
 * version numbers, but not models: the repository does. May use the protocol and its JSON.
 */
@NullMarked
package dev.nereid.server.traffic;

import org.jspecify.annotations.NullMarked;
