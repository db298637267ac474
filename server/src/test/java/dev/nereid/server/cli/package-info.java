/** Tests of the command line. */
@NullMarked
package dev.nereid.server.cli;

import org.jspecify.annotations.NullMarked;
