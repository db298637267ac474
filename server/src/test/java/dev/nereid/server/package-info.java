/** Tests of the whole: its architecture, its entry point, its start and stop. */
@NullMarked
package dev.nereid.server;

import org.jspecify.annotations.NullMarked;
