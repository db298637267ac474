/**
 * The model repository: folders, config.pbtxt, version policy, loading and unloading. Depends on backend, schedule, protocol and the generated messages.
 */
@NullMarked
package dev.nereid.server.repository;

import org.jspecify.annotations.NullMarked;
