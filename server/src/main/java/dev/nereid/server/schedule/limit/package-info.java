/**
 * The rate limiter: which instances may start a batch, where they share resources that are scarce. Knows instances by
 * their turns alone, neither models nor queues. Depends on protocol and the generated messages.
 */
@NullMarked
package dev.nereid.server.schedule.limit;

import org.jspecify.annotations.NullMarked;
