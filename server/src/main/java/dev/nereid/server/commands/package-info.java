/**
 * The process: the entry point {@link dev.nereid.server.commands.Main}, one class for each command of {@code nereid}, and what
 * they print. Nothing depends on this package; it depends on all of the server.
 */
@NullMarked
package dev.nereid.server.commands;

import org.jspecify.annotations.NullMarked;
