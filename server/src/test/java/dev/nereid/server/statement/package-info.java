/**
 * Ties tests to the numbered statements of how Triton schedules, and writes docs/scheduling.md from what a test run
 * found. Depends on JUnit alone; the tests of every package may use it.
 */
@NullMarked
package dev.nereid.server.statement;

import org.jspecify.annotations.NullMarked;
