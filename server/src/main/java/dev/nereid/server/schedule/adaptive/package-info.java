/**
 * Nereid's own scheduling policy as pure decisions: what a batch will cost, which requests make the next one, which are
 * refused, and which of several models a device serves. No threads, no locks, no clock: time comes in as an argument, so
 * that the same classes run in the server and in a simulation. Depends on nothing else of the project.
 */
@NullMarked
package dev.nereid.server.schedule.adaptive;

import org.jspecify.annotations.NullMarked;
