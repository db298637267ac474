/**
 * Model configs: reads config.pbtxt and overrides, completes and checks them, and says which fields have no effect.
 * Depends on repository.folders, schedule and the generated messages. For repository, and config for the flags.
 */
@NullMarked
package dev.nereid.server.repository.config;

import org.jspecify.annotations.NullMarked;
